//! Sessions while the registry is away: only what it answers changes them.

use crate::harness::{Gateway, Mailbox, Owner, Phone, World, config};
use crate::replaced::{Replaced, Reply};
use pushmail_domain::DeviceToken;
use pushmail_proto::v1::{connect_response::Frame, reset::Reason};
use pushmail_registry::{Accounts as _, Devices as _};
use pushmail_runtime::SystemEntropy;
use std::sync::Arc;
use std::time::Duration;
use tonic::Code;

/// A session of two mailboxes that asks the registry all the time.
struct Place {
    world: World,
    owner: Owner,
    mailboxes: [Mailbox; 2],
    token: DeviceToken,
    registry: Arc<Replaced>,
    _gateway: Gateway,
    phone: Phone,
}

impl Place {
    async fn new() -> Self {
        let world = World::new().await;
        let owner = world.owner().await;
        let mailboxes = [world.mailbox(&owner).await, world.mailbox(&owner).await];
        let token = world.device(&owner, &[&mailboxes[0], &mailboxes[1]]).await;
        let registry = Replaced::new(world.registry.clone());
        let mut config = config();
        config.compare_interval = Duration::from_millis(20);
        let gateway = world.serve_asking(registry.clone(), config).await;
        let mut phone = gateway.open(&token, vec![]).await;
        phone.opening().await;
        Self {
            world,
            owner,
            mailboxes,
            token,
            registry,
            _gateway: gateway,
            phone,
        }
    }

    /// Replaces the registry's answers, and waits until the session has asked this often.
    async fn replace(&self, reply: Reply, asked: usize) {
        let before = self.registry.unanswered();
        self.registry.reply(reply);
        self.registry.until_unanswered(before + asked).await;
    }

    /// A mail gets through to the device.
    async fn delivers(&mut self, uid: u32) {
        self.world.mails(&self.mailboxes[0], [uid]).await;
        assert_eq!(self.phone.uids(1).await, [uid]);
    }
}

#[tokio::test]
async fn a_session_goes_on_while_the_registry_fails() {
    let mut place = Place::new().await;
    place.replace(Reply::Failure, 3).await;
    place.delivers(1).await;
    place.replace(Reply::Failure, 3).await;
    place.delivers(2).await;
    place.registry.reply(Reply::Answer);
    place.delivers(3).await;
    place.replace(Reply::Failure, 3).await;
    place.delivers(4).await;
}

#[tokio::test]
async fn a_session_does_not_wait_for_a_registry_that_says_nothing() {
    let mut place = Place::new().await;
    place.replace(Reply::Silence, 1).await;
    place.delivers(1).await;
    place.delivers(2).await;
    place.registry.reply(Reply::Answer);
    place.delivers(3).await;
}

#[tokio::test]
async fn a_token_replaced_meanwhile_is_refused_once_the_registry_answers() {
    for reply in [Reply::Failure, Reply::Silence] {
        let mut place = Place::new().await;
        place.replace(reply, 1).await;
        let (tenant, device) = (place.owner.id, place.token.device());
        let newer = DeviceToken::mint(tenant, device, &SystemEntropy).hash();
        let registry = place.world.registry.clone();
        registry.set_token(tenant, device, newer).await.unwrap();
        place.delivers(1).await;
        place.registry.reply(Reply::Answer);
        assert_eq!(place.phone.refusal().await.code(), Code::Unauthenticated);
    }
}

#[tokio::test]
async fn an_account_deleted_meanwhile_is_reset_once_the_registry_answers() {
    let mut place = Place::new().await;
    place.replace(Reply::Failure, 3).await;
    let gone = place.mailboxes[1].account;
    let registry = place.world.registry.clone();
    registry.delete_account(place.owner.id, gone).await.unwrap();
    place.delivers(1).await;
    place.registry.reply(Reply::Answer);
    let Frame::Reset(reset) = place.phone.frame().await else {
        panic!("no reset");
    };
    assert_eq!(reset.account, gone.to_string());
    assert_eq!(reset.reason(), Reason::AccountRemoved);
    place.delivers(2).await;
}
