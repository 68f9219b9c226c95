use super::*;

const LIVE: AccountPhase = AccountPhase::Live;
const RETRYING: Option<AccountPhase> = Some(AccountPhase::Retrying);
const NEEDS_ATTENTION: Option<AccountPhase> = Some(AccountPhase::NeedsAttention);

#[test]
fn one_lost_connection_is_not_announced_and_two_in_a_row_are() {
    for kind in [FaultKind::Closed, FaultKind::Throttled, FaultKind::Internal] {
        assert_eq!(phase(kind, 1, LIVE), None, "{kind:?}");
        assert_eq!(phase(kind, 2, LIVE), RETRYING, "{kind:?}");
    }
    assert_eq!(phase(FaultKind::UnknownHost, 1, LIVE), None);
    assert_eq!(phase(FaultKind::UnknownHost, 2, LIVE), NEEDS_ATTENTION);
}

#[test]
fn a_refusal_without_a_reason_needs_attention_when_it_repeats() {
    let refused = FaultKind::LoginRefused;
    assert_eq!(phase(refused, 1, LIVE), RETRYING);
    assert_eq!(phase(refused, 2, AccountPhase::Retrying), NEEDS_ATTENTION);
    // A new owner's first.
    let attended = AccountPhase::NeedsAttention;
    assert_eq!(phase(refused, 1, attended), NEEDS_ATTENTION);
    assert_eq!(retry(refused, 1), Retry::Seldom);
}

#[test]
fn an_expired_token_is_a_normal_end_and_the_same_one_is_not_sent_again_and_again() {
    let expired = FaultKind::TokenExpired;
    assert_eq!(phase(expired, 1, LIVE), None);
    assert_eq!(retry(expired, 1), Retry::Backoff);
    assert_eq!(phase(expired, 2, LIVE), NEEDS_ATTENTION);
    assert_eq!(retry(expired, 2), Retry::Seldom);
}

#[test]
fn what_only_somebody_can_change_needs_attention_at_once() {
    for kind in [FaultKind::AuthUnsupported, FaultKind::EgressDenied] {
        assert_eq!(phase(kind, 1, LIVE), NEEDS_ATTENTION);
    }
}
