//! The rules. Each is named as buf names it.

use crate::source::{Source, Violation, child, tag};
use crate::words::{is_lower_snake, is_pascal, is_upper_snake, is_version, to_upper_snake};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FileDescriptorProto, FileDescriptorSet,
    MethodDescriptorProto, ServiceDescriptorProto,
};
use std::collections::{HashMap, HashSet};

/// Whether the file is the project's, not one that it imports from elsewhere.
pub(crate) fn is_own(file: &FileDescriptorProto) -> bool {
    !file.name().starts_with("google/")
}

/// All violations in the project's files.
pub(crate) fn lint(set: &FileDescriptorSet) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut users = HashMap::new();
    for file in set.file.iter().filter(|f| is_own(f)) {
        let mut source = Source::new(file);
        lint_file(&mut source);
        lint_imports(&mut source, set);
        for (index, service) in file.service.iter().enumerate() {
            lint_service(&mut source, index, service, &mut users);
        }
        found.append(&mut source.found);
    }
    found
}

fn lint_file(source: &mut Source<'_>) {
    let file = source.file;
    let (name, package) = (file.name(), file.package());
    let path = [tag::PACKAGE];
    let (directory, stem) = name.rsplit_once('/').unwrap_or(("", name));
    let lower = package.split('.').all(is_lower_snake);
    let versioned = package.rsplit('.').next().is_some_and(is_version);
    source.check(file.syntax() == "proto3", "SYNTAX_SPECIFIED", &[], || {
        "the syntax is not proto3".into()
    });
    source.check(lower, "PACKAGE_LOWER_SNAKE_CASE", &path, || {
        format!("package {package} is not lower_snake_case")
    });
    source.check(versioned, "PACKAGE_VERSION_SUFFIX", &path, || {
        format!("package {package} does not end in a version")
    });
    source.check(
        directory == package.replace('.', "/"),
        "PACKAGE_DIRECTORY_MATCH",
        &path,
        || format!("package {package} is not in the directory of its name"),
    );
    source.check(
        stem.strip_suffix(".proto").is_some_and(is_lower_snake),
        "FILE_LOWER_SNAKE_CASE",
        &[],
        || "the file's name is not lower_snake_case".into(),
    );
    source.comment(&path, "the file's package");
    for (index, message) in file.message_type.iter().enumerate() {
        lint_message(source, &child(&[], tag::FILE_MESSAGE, index), message);
    }
    for (index, one) in file.enum_type.iter().enumerate() {
        lint_enum(source, &child(&[], tag::FILE_ENUM, index), one);
    }
}

fn lint_message(source: &mut Source<'_>, path: &[i32], message: &DescriptorProto) {
    if message.options.as_ref().is_some_and(|o| o.map_entry()) {
        return;
    }
    let name = message.name();
    source.check(is_pascal(name), "MESSAGE_PASCAL_CASE", path, || {
        format!("message {name} is not PascalCase")
    });
    source.comment(path, &format!("message {name}"));
    for (index, field) in message.field.iter().enumerate() {
        let (path, field) = (child(path, tag::FIELD, index), field.name());
        source.check(
            is_lower_snake(field),
            "FIELD_LOWER_SNAKE_CASE",
            &path,
            || format!("field {name}.{field} is not lower_snake_case"),
        );
        source.comment(&path, &format!("field {name}.{field}"));
    }
    for (index, oneof) in message.oneof_decl.iter().enumerate() {
        if is_written(message, index) {
            let (path, oneof) = (child(path, tag::ONEOF, index), oneof.name());
            source.check(
                is_lower_snake(oneof),
                "ONEOF_LOWER_SNAKE_CASE",
                &path,
                || format!("oneof {name}.{oneof} is not lower_snake_case"),
            );
            source.comment(&path, &format!("oneof {name}.{oneof}"));
        }
    }
    for (index, nested) in message.nested_type.iter().enumerate() {
        lint_message(source, &child(path, tag::NESTED_MESSAGE, index), nested);
    }
    for (index, one) in message.enum_type.iter().enumerate() {
        lint_enum(source, &child(path, tag::NESTED_ENUM, index), one);
    }
}

/// Whether the oneof stands in the file: `optional` makes one that does not.
fn is_written(message: &DescriptorProto, oneof: usize) -> bool {
    let mut members = message
        .field
        .iter()
        .filter(|f| f.oneof_index.and_then(|i| usize::try_from(i).ok()) == Some(oneof));
    !members.all(|f| f.proto3_optional())
}

fn lint_enum(source: &mut Source<'_>, path: &[i32], one: &EnumDescriptorProto) {
    let name = one.name();
    let alias = one.options.as_ref().is_some_and(|o| o.allow_alias());
    let prefix = to_upper_snake(name) + "_";
    source.check(is_pascal(name), "ENUM_PASCAL_CASE", path, || {
        format!("enum {name} is not PascalCase")
    });
    source.check(!alias, "ENUM_NO_ALLOW_ALIAS", path, || {
        format!("enum {name} allows aliases")
    });
    source.comment(path, &format!("enum {name}"));
    let zero = one.value.first();
    source.check(
        zero.is_some_and(|v| v.number() == 0),
        "ENUM_FIRST_VALUE_ZERO",
        path,
        || format!("enum {name} does not start with 0"),
    );
    for (index, value) in one.value.iter().enumerate() {
        let (path, number, value) = (child(path, tag::VALUE, index), value.number(), value.name());
        source.check(
            is_upper_snake(value),
            "ENUM_VALUE_UPPER_SNAKE_CASE",
            &path,
            || format!("value {value} is not UPPER_SNAKE_CASE"),
        );
        source.check(
            value.starts_with(&prefix),
            "ENUM_VALUE_PREFIX",
            &path,
            || format!("value {value} does not start with {prefix}"),
        );
        source.check(
            number != 0 || value.ends_with("_UNSPECIFIED"),
            "ENUM_ZERO_VALUE_SUFFIX",
            &path,
            || format!("value {value} is 0 and does not end in _UNSPECIFIED"),
        );
        source.comment(&path, &format!("value {value}"));
    }
}

/// `users` holds the rpc that each request and response belongs to.
fn lint_service<'a>(
    source: &mut Source<'a>,
    index: usize,
    service: &'a ServiceDescriptorProto,
    users: &mut HashMap<&'a str, String>,
) {
    let (path, name) = (child(&[], tag::SERVICE, index), service.name());
    source.check(is_pascal(name), "SERVICE_PASCAL_CASE", &path, || {
        format!("service {name} is not PascalCase")
    });
    source.comment(&path, &format!("service {name}"));
    for (index, method) in service.method.iter().enumerate() {
        let path = child(&path, tag::METHOD, index);
        let full = format!("{name}.{}", method.name());
        source.check(is_pascal(method.name()), "RPC_PASCAL_CASE", &path, || {
            format!("rpc {full} is not PascalCase")
        });
        source.comment(&path, &format!("rpc {full}"));
        lint_signature(source, &path, service, method);
        for used in [method.input_type(), method.output_type()] {
            let owner = users.insert(used, full.clone());
            source.check(
                owner.is_none(),
                "RPC_REQUEST_RESPONSE_UNIQUE",
                &path,
                || format!("rpc {full} shares {used} with another use"),
            );
        }
    }
}

fn lint_signature(
    source: &mut Source<'_>,
    path: &[i32],
    service: &ServiceDescriptorProto,
    method: &MethodDescriptorProto,
) {
    for (rule, used, suffix) in [
        ("RPC_REQUEST_STANDARD_NAME", method.input_type(), "Request"),
        (
            "RPC_RESPONSE_STANDARD_NAME",
            method.output_type(),
            "Response",
        ),
    ] {
        let short = used.rsplit('.').next().unwrap_or(used);
        let plain = format!("{}{suffix}", method.name());
        let kept = short == plain || short == format!("{}{plain}", service.name());
        source.check(kept, rule, path, || {
            format!("{short} should be named {plain}")
        });
    }
}

fn lint_imports(source: &mut Source<'_>, set: &FileDescriptorSet) {
    let file = source.file;
    let mut used = HashSet::new();
    file.message_type
        .iter()
        .for_each(|m| collect_used(m, &mut used));
    for method in file.service.iter().flat_map(|s| &s.method) {
        used.extend([method.input_type(), method.output_type()]);
    }
    for (index, dependency) in file.dependency.iter().enumerate() {
        let path = child(&[], tag::DEPENDENCY, index);
        let imported = set.file.iter().find(|f| f.name() == dependency);
        let defined = imported.map(defined_types).unwrap_or_default();
        let needed = defined.iter().any(|name| used.contains(name.as_str()));
        source.check(needed, "IMPORT_USED", &path, || {
            format!("import {dependency} is not used")
        });
    }
    let public = file.public_dependency.is_empty();
    source.check(public, "IMPORT_NO_PUBLIC", &[], || {
        "an import is public".into()
    });
    let weak = file.weak_dependency.is_empty();
    source.check(weak, "IMPORT_NO_WEAK", &[], || "an import is weak".into());
}

fn collect_used<'a>(message: &'a DescriptorProto, used: &mut HashSet<&'a str>) {
    used.extend(message.field.iter().map(|f| f.type_name()));
    message
        .nested_type
        .iter()
        .for_each(|m| collect_used(m, used));
}

/// The full names, with the leading dot, of all types that the file defines.
fn defined_types(file: &FileDescriptorProto) -> Vec<String> {
    fn of_message(scope: &str, message: &DescriptorProto, names: &mut Vec<String>) {
        let name = format!("{scope}.{}", message.name());
        names.extend(
            message
                .enum_type
                .iter()
                .map(|e| format!("{name}.{}", e.name())),
        );
        message
            .nested_type
            .iter()
            .for_each(|m| of_message(&name, m, names));
        names.push(name);
    }
    let scope = format!(".{}", file.package());
    let mut names = Vec::new();
    names.extend(
        file.enum_type
            .iter()
            .map(|e| format!("{scope}.{}", e.name())),
    );
    file.message_type
        .iter()
        .for_each(|m| of_message(&scope, m, &mut names));
    names
}
