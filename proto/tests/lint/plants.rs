//! Each rule catches a file that breaks it on purpose.

use crate::rules::lint;
use crate::source::{child, tag};
use prost_types::field_descriptor_proto::Type;
use prost_types::source_code_info::Location;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumOptions, EnumValueDescriptorProto,
    FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto,
    OneofDescriptorProto, ServiceDescriptorProto, SourceCodeInfo,
};

type File = FileDescriptorProto;

/// A file without a violation: a service with one rpc, a request with an enum in a oneof.
fn good() -> FileDescriptorSet {
    let mut request = message("FindThingRequest");
    request.field = vec![FieldDescriptorProto {
        name: Some("colour".into()),
        r#type: Some(Type::Enum.into()),
        type_name: Some(".shop.v1.Colour".into()),
        oneof_index: Some(0),
        ..Default::default()
    }];
    request.oneof_decl = vec![OneofDescriptorProto {
        name: Some("by".into()),
        options: None,
    }];
    let service = File {
        name: Some("shop/v1/things.proto".into()),
        package: Some("shop.v1".into()),
        syntax: Some("proto3".into()),
        dependency: vec!["shop/v1/colour.proto".into()],
        message_type: vec![request, message("FindThingResponse")],
        service: vec![service("Things", "FindThing")],
        source_code_info: Some(comments(&[
            vec![tag::PACKAGE],
            vec![tag::FILE_MESSAGE, 0],
            vec![tag::FILE_MESSAGE, 0, tag::FIELD, 0],
            vec![tag::FILE_MESSAGE, 0, tag::ONEOF, 0],
            vec![tag::FILE_MESSAGE, 1],
            vec![tag::SERVICE, 0],
            vec![tag::SERVICE, 0, tag::METHOD, 0],
        ])),
        ..Default::default()
    };
    FileDescriptorSet {
        file: vec![colour(), service],
    }
}

fn colour() -> File {
    let value = |(number, name): (i32, &str)| EnumValueDescriptorProto {
        name: Some(name.into()),
        number: Some(number),
        options: None,
    };
    File {
        name: Some("shop/v1/colour.proto".into()),
        package: Some("shop.v1".into()),
        syntax: Some("proto3".into()),
        enum_type: vec![EnumDescriptorProto {
            name: Some("Colour".into()),
            value: [(0, "COLOUR_UNSPECIFIED"), (1, "COLOUR_DARK_RED")]
                .map(value)
                .to_vec(),
            ..Default::default()
        }],
        source_code_info: Some(comments(&[
            vec![tag::PACKAGE],
            vec![tag::FILE_ENUM, 0],
            child(&[tag::FILE_ENUM, 0], tag::VALUE, 0),
            child(&[tag::FILE_ENUM, 0], tag::VALUE, 1),
        ])),
        ..Default::default()
    }
}

fn message(name: &str) -> DescriptorProto {
    DescriptorProto {
        name: Some(name.into()),
        ..Default::default()
    }
}

fn service(name: &str, method: &str) -> ServiceDescriptorProto {
    ServiceDescriptorProto {
        name: Some(name.into()),
        method: vec![MethodDescriptorProto {
            name: Some(method.into()),
            input_type: Some(format!(".shop.v1.{method}Request")),
            output_type: Some(format!(".shop.v1.{method}Response")),
            ..Default::default()
        }],
        options: None,
    }
}

/// Comments above the parts with these paths, each on a line of its own: line 10 is the first.
fn comments(paths: &[Vec<i32>]) -> SourceCodeInfo {
    let location = |(path, line): (&Vec<i32>, i32)| Location {
        path: path.clone(),
        span: vec![line, 0, 1],
        leading_comments: Some(" What it is.\n".into()),
        ..Default::default()
    };
    SourceCodeInfo {
        location: paths.iter().zip(9..).map(location).collect(),
    }
}

fn caught(plant: impl FnOnce(&mut File, &mut File)) -> Vec<String> {
    let mut set = good();
    let [colour, things] = &mut set.file[..] else {
        panic!("the good set has two files");
    };
    plant(colour, things);
    lint(&set).iter().map(ToString::to_string).collect()
}

#[test]
fn a_good_file_passes() {
    assert_eq!(caught(|_, _| ()), Vec::<String>::new());
}

#[test]
fn a_violation_is_told_with_its_file_and_line() {
    let found = caught(|_, things| things.message_type[0].field[0].name = Some("Colour".into()));
    assert_eq!(
        found,
        [
            "proto/shop/v1/things.proto:12: field FindThingRequest.Colour is not lower_snake_case \
          (FIELD_LOWER_SNAKE_CASE)"
        ]
    );
}

#[test]
fn a_missing_comment_is_caught_on_every_kind_of_part() {
    for which in 0..2 {
        let count = good().file[which]
            .source_code_info
            .as_ref()
            .unwrap()
            .location
            .len();
        for part in 0..count {
            let found = caught(|colour, things| {
                let file = [colour, things][which].source_code_info.as_mut().unwrap();
                file.location[part].leading_comments = None;
            });
            assert!(
                found.len() == 1 && found[0].ends_with("(COMMENT)"),
                "{found:?}"
            );
        }
    }
}

#[test]
fn each_rule_catches_what_breaks_it() {
    type Plant = fn(&mut File, &mut File);
    let plants: [(&str, Plant); 24] = [
        ("SYNTAX_SPECIFIED", |c, _| c.syntax = None),
        ("PACKAGE_LOWER_SNAKE_CASE", |c, _| {
            c.package = Some("Shop.v1".into())
        }),
        ("PACKAGE_VERSION_SUFFIX", |c, _| {
            c.package = Some("shop.beta".into())
        }),
        ("PACKAGE_DIRECTORY_MATCH", |c, _| {
            c.package = Some("shop.v2".into())
        }),
        ("FILE_LOWER_SNAKE_CASE", |_, t| {
            t.name = Some("shop/v1/Things.proto".into())
        }),
        ("MESSAGE_PASCAL_CASE", |_, t| {
            t.message_type[1].name = Some("find_thing".into())
        }),
        ("FIELD_LOWER_SNAKE_CASE", |_, t| {
            t.message_type[0].field[0].name = Some("a__b".into())
        }),
        ("ONEOF_LOWER_SNAKE_CASE", |_, t| {
            t.message_type[0].oneof_decl[0].name = Some("By".into())
        }),
        ("ENUM_PASCAL_CASE", |c, _| {
            c.enum_type[0].name = Some("colour".into())
        }),
        ("ENUM_NO_ALLOW_ALIAS", |c, _| {
            c.enum_type[0].options = Some(EnumOptions {
                allow_alias: Some(true),
                ..Default::default()
            });
        }),
        ("ENUM_FIRST_VALUE_ZERO", |c, _| {
            c.enum_type[0].value[0].number = Some(3)
        }),
        ("ENUM_VALUE_UPPER_SNAKE_CASE", |c, _| {
            c.enum_type[0].value[1].name = Some("COLOUR_Red".into())
        }),
        ("ENUM_VALUE_PREFIX", |c, _| {
            c.enum_type[0].value[1].name = Some("RED".into())
        }),
        ("ENUM_ZERO_VALUE_SUFFIX", |c, _| {
            c.enum_type[0].value[0].name = Some("COLOUR_NONE".into())
        }),
        ("SERVICE_PASCAL_CASE", |_, t| {
            t.service[0].name = Some("things".into())
        }),
        ("RPC_PASCAL_CASE", |_, t| {
            t.service[0].method[0].name = Some("find_thing".into())
        }),
        ("RPC_REQUEST_STANDARD_NAME", |_, t| {
            t.service[0].method[0].input_type = Some(".shop.v1.Ask".into())
        }),
        ("RPC_RESPONSE_STANDARD_NAME", |_, t| {
            t.service[0].method[0].output_type = Some(".shop.v1.Thing".into())
        }),
        ("RPC_REQUEST_RESPONSE_UNIQUE", |_, t| {
            let again = t.service[0].method[0].clone();
            t.service[0].method.push(again);
        }),
        ("IMPORT_USED", |_, t| {
            t.message_type[0].field[0].type_name = None
        }),
        ("IMPORT_NO_PUBLIC", |_, t| t.public_dependency = vec![0]),
        ("IMPORT_NO_WEAK", |_, t| t.weak_dependency = vec![0]),
        ("COMMENT", |_, t| t.source_code_info = None),
        ("ENUM_FIRST_VALUE_ZERO", |c, _| c.enum_type[0].value.clear()),
    ];
    for (rule, plant) in plants {
        let found = caught(plant);
        let named = |line: &String| line.ends_with(&format!("({rule})"));
        assert!(found.iter().any(named), "{rule} was not caught: {found:?}");
    }
}
