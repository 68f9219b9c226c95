//! The statuses that all commands share.

use super::{Category, statuses};

statuses! {
    /// A status that all commands share (MS-ASCMD, section 2.2.2), from 14.0 on.
    Common, else Unlisted(Unlisted) "One that the specification does not list.";
    /// The body of the request is not what the command needs.
    InvalidContent = 101 Bug;
    /// The body of the request is not WBXML.
    InvalidWbxml = 102 Bug;
    /// The XML of the request is not valid.
    InvalidXml = 103 Bug;
    /// A date of the request is not valid.
    InvalidDateTime = 104 Bug;
    /// The ids of the request do not go together.
    InvalidCombinationOfIds = 105 Bug;
    /// An id of the request is not valid.
    InvalidIds = 106 Bug;
    /// The MIME of the request is not valid.
    InvalidMime = 107 Bug;
    /// The device id is missing or not valid.
    DeviceIdMissingOrInvalid = 108 Bug;
    /// The device type is missing or not valid.
    DeviceTypeMissingOrInvalid = 109 Bug;
    /// An error of the server; the client should not come again soon.
    ServerError = 110 BackOff;
    /// An error of the server that will pass.
    ServerErrorRetryLater = 111 Retry;
    /// The server may not read the directory for this user.
    ActiveDirectoryAccessDenied = 112 Account;
    /// The mailbox is full.
    MailboxQuotaExceeded = 113 Account;
    /// The mailbox's server is offline.
    MailboxServerOffline = 114 BackOff;
    /// The user has sent too much.
    SendQuotaExceeded = 115 Account;
    /// A recipient is not known. Only who sends mail is told.
    MessageRecipientUnresolved = 116 Bug;
    /// The mail must not be answered. Only who sends mail is told.
    MessageReplyNotAllowed = 117 Bug;
    /// The mail was sent already. Only who sends mail is told.
    MessagePreviouslySent = 118 Bug;
    /// The mail has no recipient. Only who sends mail is told.
    MessageHasNoRecipient = 119 Bug;
    /// The mail could not be sent. Only who sends mail is told.
    MailSubmissionFailed = 120 Bug;
    /// The answer could not be sent. Only who sends mail is told.
    MessageReplyFailed = 121 Bug;
    /// The attachment is too large. Only who sends mail is told.
    AttachmentIsTooLarge = 122 Bug;
    /// The user has no mailbox.
    UserHasNoMailbox = 123 Account;
    /// Nobody is logged in.
    UserCannotBeAnonymous = 124 Auth;
    /// The directory does not know the user.
    UserPrincipalCouldNotBeFound = 125 Account;
    /// The user must not use ActiveSync.
    UserDisabledForSync = 126 Account;
    /// The mailbox is on a newer server.
    UserOnNewMailboxCannotSync = 127 Rediscover;
    /// The mailbox is on an older server.
    UserOnLegacyMailboxCannotSync = 128 Rediscover;
    /// The device is blocked for this user.
    DeviceIsBlockedForThisUser = 129 DeviceBlocked;
    /// The user must not do this.
    AccessDenied = 130 Account;
    /// The account is disabled.
    AccountDisabled = 131 Account;
    /// The server's state of the synchronisation is lost.
    SyncStateNotFound = 132 Rebaseline;
    /// The server's state of the synchronisation is locked: the mailbox is being moved or repaired, mostly.
    SyncStateLocked = 133 BackOff;
    /// The server's state of the synchronisation is corrupt.
    SyncStateCorrupt = 134 Rebaseline;
    /// The server's state of the synchronisation exists already.
    SyncStateAlreadyExists = 135 Rebaseline;
    /// The server's state of the synchronisation is of another version.
    SyncStateVersionInvalid = 136 Rebaseline;
    /// The server has not this command.
    CommandNotSupported = 137 Bug;
    /// The server does not speak this version for this device.
    VersionNotSupported = 138 Rediscover;
    /// The device says that it cannot do all that the policy asks, and must.
    DeviceNotFullyProvisionable = 139 DeviceBlocked;
    /// The device is to forget all. Provision says how, see [`provision`](crate::command::provision).
    RemoteWipeRequested = 140 RemoteWipe;
    /// There is a policy, and the device sent no policy key.
    LegacyDeviceOnStrictPolicy = 141 Reprovision;
    /// The device has not asked for the policy yet. HTTP 449 before 14.0.
    DeviceNotProvisioned = 142 Reprovision;
    /// The policy has to be asked for again.
    PolicyRefresh = 143 Reprovision;
    /// The policy key is not valid.
    InvalidPolicyKey = 144 Reprovision;
    /// The device says that others manage it, and must not be.
    ExternallyManagedDevicesNotAllowed = 145 DeviceBlocked;
    /// The event does not recur.
    NoRecurrenceInCalendar = 146 Item;
    /// The item is of another class.
    UnexpectedItemClass = 147 Item;
    /// The server for which this one speaks has no TLS.
    RemoteServerHasNoSsl = 148 Account;
    /// The request that the server had kept is not valid.
    InvalidStoredRequest = 149 SendInFull;
    /// The item does not exist.
    ItemNotFound = 150 Item;
    /// The mailbox has more folders than the server lists.
    TooManyFolders = 151 Account;
    /// The mailbox has no folders.
    NoFoldersFound = 152 Account;
    /// Items are lost after a move. Only who moves is told.
    ItemsLostAfterMove = 153 Bug;
    /// A move failed. Only who moves is told.
    FailureInMoveOperation = 154 Bug;
    /// The move is not allowed for a while. Only who moves is told.
    MoveCommandDisallowedForNonPersistentMoveAction = 155 Bug;
    /// The folder to move to is not valid. Only who moves is told.
    MoveCommandInvalidDestinationFolder = 156 Bug;
    /// Too many people. Only who asks for free times is told.
    AvailabilityTooManyRecipients = 160 Bug;
    /// Too large a list. Only who asks for free times is told.
    AvailabilityDlLimitReached = 161 Bug;
    /// An error that will pass. Only who asks for free times is told.
    AvailabilityTransientFailure = 162 Bug;
    /// An error. Only who asks for free times is told.
    AvailabilityFailure = 163 Bug;
    /// The kind of body is not one that the server has.
    BodyPartPreferenceTypeNotSupported = 164 Bug;
    /// The server wants to know who we are: Provision says so from 14.1 on, Settings before that.
    DeviceInformationRequired = 165 Reprovision;
    /// The account id is not valid.
    InvalidAccountId = 166 Bug;
    /// The account must not send. Only who sends mail is told.
    AccountSendDisabled = 167 Bug;
    /// Rights management is disabled.
    IrmFeatureDisabled = 168 Item;
    /// An error of rights management that will pass.
    IrmTransientError = 169 Retry;
    /// An error of rights management.
    IrmPermanentError = 170 Item;
    /// The template of rights management is not valid.
    IrmInvalidTemplateId = 171 Bug;
    /// Rights management does not allow it.
    IrmOperationNotPermitted = 172 Item;
    /// The contact has no picture.
    NoPicture = 173 Item;
    /// The picture is too large.
    PictureTooLarge = 174 Item;
    /// Enough pictures were sent.
    PictureLimitReached = 175 Item;
    /// The conversation is too large.
    BodyPartConversationTooLarge = 176 Item;
    /// The user has too many devices.
    MaximumDevicesReached = 177 DeviceLimit;
}

/// The number of a status that the specification does not list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Unlisted(u16);

impl Unlisted {
    pub(crate) const fn of(number: u16) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// To be tried again much later: who knows.
    pub const fn category(self) -> Category {
        Category::BackOff
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ones_that_a_client_meets_ask_for_the_right_thing() {
        let cases = [
            (111, Category::Retry),
            (126, Category::Account),
            (129, Category::DeviceBlocked),
            (132, Category::Rebaseline),
            (138, Category::Rediscover),
            (140, Category::RemoteWipe),
            (142, Category::Reprovision),
            (149, Category::SendInFull),
            (165, Category::Reprovision),
            (177, Category::DeviceLimit),
            (178, Category::BackOff),
        ];
        for (number, category) in cases {
            assert_eq!(Common::of(number).category(), category, "{number}");
        }
    }

    #[test]
    fn none_of_them_is_a_success() {
        assert!((0..=u16::MAX).all(|number| !Common::of(number).is_fine()));
    }

    proptest! {
        #[test]
        fn every_number_is_kept(number: u16) {
            prop_assert_eq!(Common::of(number).number(), number);
        }
    }
}
