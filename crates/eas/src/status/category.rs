//! What a status asks of a client.

/// What a status asks of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// Nothing: all is well.
    Fine,
    /// The same again, soon.
    Retry,
    /// The same again, much later: to come again soon makes it worse.
    BackOff,
    /// The same again with all parameters: the server has lost those that it had kept.
    SendInFull,
    /// The same again with a value that the answer gives.
    Adjust,
    /// Provision, with who we are, then the same again.
    Reprovision,
    /// FolderSync: folders were added, moved or deleted.
    HierarchyChanged,
    /// The sync key is void: begin again from 0 and take the result as known.
    Rebaseline,
    /// The credential is refused.
    Auth,
    /// The account must not, or cannot, be synchronised: an administrator or the user has to act.
    Account,
    /// This device is blocked, or does not do what the policy asks: an administrator has to act.
    DeviceBlocked,
    /// The account has too many devices: one has to be deleted at the server.
    DeviceLimit,
    /// Forget all that came from the account, and say so by Provision.
    RemoteWipe,
    /// Ask anew where the server is and what it speaks: Autodiscover, OPTIONS.
    Rediscover,
    /// Nothing but this one item fails.
    Item,
    /// The request was wrong: the same again will fail again.
    Bug,
}

impl Category {
    /// What a status code of HTTP asks of a client (MS-ASHTTP, section 2.2.2.1.1). Before 14.0 it stands for what
    /// [`Common`](super::Common) says later.
    pub const fn of_http(status: u16) -> Self {
        match status {
            200..=299 => Self::Fine,
            300..=399 => Self::Rediscover,
            400 => Self::Bug,
            // 456: the account is blocked. 457: the password has expired.
            401 | 456 | 457 => Self::Auth,
            403 => Self::DeviceBlocked,
            404 | 421 | 451 | 505 => Self::Rediscover,
            408 => Self::Retry,
            449 => Self::Reprovision,
            501 => Self::Bug,
            507 => Self::Account,
            _ => Self::BackOff,
        }
    }
}
