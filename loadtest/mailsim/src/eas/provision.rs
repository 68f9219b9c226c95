//! Provision (MS-ASPROV, sections 3.2.5.1 and 3.2.5.2): a policy with a temporary key, then the key that counts.

mod keys;
mod wipe;

use super::account::Account;
use super::context::Context;
use super::grammar::{Form, Wrong, required, text};
use super::policy::Policy;
use super::settings::{described, description};
use super::status;
pub(super) use keys::{Current, Provisioning};
use pushmail_wbxml::pages::{provision as page, settings};
use pushmail_wbxml::{Element, ProtocolVersion};
pub use wipe::{Wipe, Wiped};

const PROVISION: Form = Form::any(&[
    settings::DEVICE_INFORMATION,
    page::POLICIES,
    page::REMOTE_WIPE,
    page::ACCOUNT_ONLY_REMOTE_WIPE,
]);
const POLICIES: Form = Form::any(&[page::POLICY]);
const POLICY: Form = Form::any(&[page::POLICY_TYPE, page::POLICY_KEY, page::STATUS]);

/// What the policy's own Status says (MS-ASPROV, section 2.2.2.54.1).
const SUCCESS: u16 = 1;
const NO_POLICY: u16 = 2;
const UNKNOWN_TYPE: u16 = 3;
const WRONG_KEY: u16 = 5;

pub(super) fn answer(
    context: &Context<'_>,
    account: &mut Account,
    body: &Element,
) -> Result<Element, Wrong> {
    PROVISION.check(body, context.version)?;
    if let Some(acknowledged) = wipe::acknowledged(body)? {
        return wipe::acknowledge(account.device(context.device), &acknowledged);
    }
    if let Some(wipe) = account.device(context.device).is_to_wipe(context.version) {
        return Ok(wipe.order(SUCCESS));
    }
    let policies = required(body, page::POLICIES)?;
    POLICIES.check(policies, context.version)?;
    let policy = required(policies, page::POLICY)?;
    POLICY.check(policy, context.version)?;
    let said = policy_answer(context, account, policy, body)?;
    let mut root = Element::new(page::PROVISION);
    if body.find(&[settings::DEVICE_INFORMATION]).is_some() {
        root = root.with(described());
    }
    Ok(root
        .with(Element::of_text(page::STATUS, SUCCESS.to_string()))
        .with(Element::new(page::POLICIES).with(said)))
}

/// What is said of the policy.
fn policy_answer(
    context: &Context<'_>,
    account: &mut Account,
    policy: &Element,
    body: &Element,
) -> Result<Element, Wrong> {
    let kind = text(required(policy, page::POLICY_TYPE)?)?;
    if kind != Policy::kind(context.version) {
        return Ok(says(&kind, UNKNOWN_TYPE));
    }
    match policy.find(&[page::POLICY_KEY]) {
        Some(key) => acknowledge(context, account, policy, &text(key)?),
        None => begin(context, account, body),
    }
}

/// The policy, with a temporary key.
fn begin(context: &Context<'_>, account: &mut Account, body: &Element) -> Result<Element, Wrong> {
    let information = body.find(&[settings::DEVICE_INFORMATION]);
    if let Some(information) = information {
        description(information, context.version)?;
    } else if context.version >= ProtocolVersion::V14_1 {
        let what = "no DeviceInformation";
        return Err(Wrong::status(status::DEVICE_INFORMATION, what));
    }
    if !matches!(context.policy_key, None | Some("0")) {
        // No status says so (MS-ASPROV, section 3.1.5.1.1).
        let mistake = "Provision: begins with a key that is not 0".to_owned();
        account.note(mistake, context.server.command_log);
    }
    let kind = Policy::kind(context.version);
    let Some(current) = context.policy(account) else {
        return Ok(says(kind, NO_POLICY));
    };
    let key = context.draw();
    account.device(context.device).provisioning.begin(key);
    Ok(says(kind, SUCCESS)
        .with(Element::of_text(page::POLICY_KEY, key.to_string()))
        .with(current.policy.data(context.version)))
}

/// The key that counts, if the device does what the policy asks.
fn acknowledge(
    context: &Context<'_>,
    account: &mut Account,
    policy: &Element,
    key: &str,
) -> Result<Element, Wrong> {
    let kind = Policy::kind(context.version);
    let Some(current) = context.policy(account) else {
        return Err(Wrong::malformed("a key where there is no policy"));
    };
    let provisioning = &mut account.device(context.device).provisioning;
    if !provisioning.is_begun_with(key) || context.policy_key != Some(key) {
        let wrong = Wrong::status(
            WRONG_KEY,
            "not the temporary key, in the body and in the head",
        );
        context.note(account, &wrong);
        return Ok(says(kind, WRONG_KEY));
    }
    match &*text(required(policy, page::STATUS)?)? {
        "1" => {}
        "2" if !current.policy.strict => {}
        "2" | "3" => {
            let what = "the policy is not kept to";
            return Err(Wrong::status(status::NOT_FULLY_PROVISIONABLE, what));
        }
        "4" => {
            return Err(Wrong::status(
                status::EXTERNALLY_MANAGED,
                "managed by others",
            ));
        }
        other => return Err(Wrong::malformed(format!("Status {other}"))),
    }
    let (key, version) = (context.draw(), current.version);
    let provisioning = &mut account.device(context.device).provisioning;
    provisioning.finish(key, version);
    Ok(says(kind, SUCCESS).with(Element::of_text(page::POLICY_KEY, key.to_string())))
}

fn says(kind: &str, status: u16) -> Element {
    Element::new(page::POLICY)
        .with(Element::of_text(page::POLICY_TYPE, kind))
        .with(Element::of_text(page::STATUS, status.to_string()))
}
