//! What goes with time, and what stays.

use domain::alert::{AlertFilter, AlertKind, NewAlert};
use domain::api_token::{ApiToken, TokenOwner};
use domain::event::{ChangeKind, Topic};
use domain::invitation::Invitation;
use domain::limits::{ENDED_TOKEN_DAYS, RUN_OUT_INVITATION_DAYS};
use domain::membership::{Membership, MembershipState};
use domain::schedule::{MissReason, MissedWindows};
use domain::user::User;
use domain::{AlertId, ApiTokenId, Clock, InvitationId, UserId};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use store::idempotency::{self, Claim};
use store::schedules::Missed;

use super::flow::{act, flow};
use super::house::House;
use crate::Housekeeping;
use crate::duty::Duty;

const HISTORY_DAYS: u32 = 90;
const KEY: &str = "key of a caller";

impl House {
    async fn tidy_after(&self, days: i64) {
        self.clock.advance(SignedDuration::from_hours(24 * days));
        let housekeeping = Housekeeping::with_history_days(HISTORY_DAYS);
        housekeeping.run(&self.by_hand()).await.unwrap();
    }

    async fn claim(&self) -> Claim {
        let mut tx = self.store.begin().await.unwrap();
        let now = self.clock.now();
        let claim = idempotency::claim(&mut tx, self.organization, KEY, b"input", now).await;
        tx.commit().await.unwrap();
        claim.unwrap()
    }

    /// Removes the keys that are too old, as the duty does; how many there were.
    async fn old_keys(&self) -> u64 {
        let mut tx = self.store.begin().await.unwrap();
        let removed = idempotency::system_remove_old(&mut tx, self.clock.now()).await;
        tx.commit().await.unwrap();
        removed.unwrap()
    }
}

#[tokio::test]
async fn ended_tasks_go_with_their_steps_after_the_history_and_open_ones_stay() {
    for house in House::all().await {
        let registry = flow(vec![act("work", |_| async { Ok(Json::Null) })]).registry();
        let ended = house.bench.enqueue(house.task()).await;
        let organization = house.organization;
        house
            .bench
            .run_to_end(registry, organization, ended, "ended")
            .await;
        let open = house.bench.enqueue(house.task()).await;
        let reader = house.store.read();

        house.tidy_after(i64::from(HISTORY_DAYS)).await;
        let kept = store::tasks::lookup_many(&reader, organization, &[ended, open]).await;
        assert_eq!(kept.unwrap().len(), 2, "on its last day it is still there");

        house.tidy_after(1).await;
        let left = store::tasks::lookup_many(&reader, organization, &[ended, open]).await;
        let left: Vec<_> = left.unwrap().into_iter().map(|task| task.id).collect();
        assert_eq!(left, [open]);
        let steps = store::task_steps::list(&reader, organization, ended).await;
        assert!(steps.unwrap().is_empty());
    }
}

#[tokio::test]
async fn missed_windows_go_after_the_history() {
    for house in House::all().await {
        let assets = house.assets(1).await;
        let policy = house.policy(&[], &assets).await;
        let now = house.clock.now();
        let missed = Missed {
            asset_id: assets[0].id,
            policy_id: policy.id,
            operation_id: policy.operations[0].id,
            windows: MissedWindows {
                first_nominal_at: now,
                last_nominal_at: now,
                windows: 1,
                reason: MissReason::Downtime,
            },
        };
        let mut tx = house.store.begin().await.unwrap();
        let rows = [(house.ids.uuid(), missed)];
        store::schedules::add_missed(&mut tx, house.organization, &rows, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        for (days, left) in [(i64::from(HISTORY_DAYS), 1), (1, 0)] {
            house.tidy_after(days).await;
            let reader = house.store.read();
            let asset = assets[0].id;
            let found =
                store::schedules::missed_of_asset(&reader, house.organization, asset, 10).await;
            assert_eq!(found.unwrap().len(), left, "after {days} more days");
        }
    }
}

#[tokio::test]
async fn cleared_alerts_go_after_the_history_and_open_ones_stay() {
    for house in House::all().await {
        let raise = async |key: &str| {
            let id = AlertId::fresh(house.ids.as_ref());
            let kind = AlertKind::ClocksDisagree;
            let new = NewAlert::new(id, house.organization, kind, key, "They disagree.");
            let mut tx = house.store.begin().await.unwrap();
            store::alerts::raise(&mut tx, &new).await.unwrap();
            tx.commit().await.unwrap();
        };
        raise("cleared").await;
        raise("open").await;
        let mut tx = house.store.begin().await.unwrap();
        let cleared = store::alerts::clear(&mut tx, house.organization, "cleared").await;
        assert!(cleared.unwrap());
        tx.commit().await.unwrap();
        for (days, left) in [(i64::from(HISTORY_DAYS), 2), (1, 1)] {
            house.tidy_after(days).await;
            let (reader, any) = (house.store.read(), AlertFilter::default());
            let count = store::alerts::count(&reader, house.organization, &any).await;
            assert_eq!(count.unwrap(), left, "after {days} more days");
        }
    }
}

#[tokio::test]
async fn keys_of_callers_go_once_they_no_longer_count() {
    for house in House::all().await {
        assert_eq!(house.claim().await, Claim::Fresh);
        house.tidy_after(0).await;
        assert_eq!(house.claim().await, Claim::Same(None));
        house.tidy_after(1).await;
        assert_eq!(house.old_keys().await, 0, "the duty has left none");
        assert_eq!(house.claim().await, Claim::Fresh);
    }
}

impl House {
    /// An invitation of somebody unknown that runs out in a week.
    async fn invite(&self, name: &str) -> Invitation {
        let now = self.clock.now();
        let user = User {
            id: UserId::fresh(self.ids.as_ref()),
            name: String::new(),
            email: format!("{name}@corp.test"),
            password_changed_at: None,
            email_confirmed_at: None,
            created_at: now,
        };
        let membership = Membership {
            organization_id: self.organization,
            user_id: user.id,
            state: MembershipState::Invited,
            invited_by: None,
            created_at: now,
            last_active_at: None,
        };
        let invitation = Invitation {
            id: InvitationId::fresh(self.ids.as_ref()),
            organization_id: self.organization,
            user_id: user.id,
            invited_by: None,
            created_at: now,
            expires_at: now + SignedDuration::from_hours(24 * 7),
            accepted_at: None,
            revoked_at: None,
        };
        let mut tx = self.store.begin().await.unwrap();
        store::users::add(&mut tx, &user, None).await.unwrap();
        store::memberships::add(&mut tx, &membership).await.unwrap();
        store::invitations::add(&mut tx, &invitation, name.as_bytes())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        invitation
    }

    async fn state(&self, user: UserId) -> Option<MembershipState> {
        let found = store::memberships::lookup(&self.store.read(), self.organization, user).await;
        found.unwrap().map(|one| one.state)
    }

    async fn is_known(&self, user: UserId) -> bool {
        let found = store::users::system_lookup(&self.store.read(), user).await;
        found.unwrap().is_some()
    }

    /// A service token that ends then.
    async fn token(&self, name: &str, expires_at: Timestamp) -> ApiToken {
        let token = ApiToken {
            id: ApiTokenId::fresh(self.ids.as_ref()),
            organization_id: self.organization,
            owner: TokenOwner::Service(Vec::new()),
            created_by: None,
            name: name.to_owned(),
            created_at: self.clock.now(),
            expires_at,
            last_used_at: None,
            revoked_at: None,
        };
        let mut tx = self.store.begin().await.unwrap();
        store::api_tokens::add(&mut tx, &token, name.as_bytes())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        token
    }
}

#[tokio::test]
async fn an_invitation_that_ran_out_goes_after_a_while_with_whoever_it_made() {
    for house in House::all().await {
        let forgotten = house.invite("forgotten").await;
        let sent_again = house.invite("again").await;
        let accepted = house.invite("accepted").await;
        let now = house.clock.now();
        let mut tx = house.store.begin().await.unwrap();
        let organization = house.organization;
        store::invitations::accept(&mut tx, organization, accepted.id, now)
            .await
            .unwrap();
        let active = MembershipState::Active;
        store::memberships::set_state(&mut tx, organization, accepted.user_id, active)
            .await
            .unwrap();
        let later = now + SignedDuration::from_hours(24 * 9);
        store::invitations::prolong(&mut tx, organization, sent_again.id, later)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let invited = Some(MembershipState::Invited);

        house.tidy_after(7 + RUN_OUT_INVITATION_DAYS).await;
        assert_eq!(
            house.state(forgotten.user_id).await,
            invited,
            "on its last day"
        );
        house.tidy_after(1).await;
        assert_eq!(house.state(forgotten.user_id).await, None);
        assert!(!house.is_known(forgotten.user_id).await);
        assert_eq!(house.state(sent_again.user_id).await, invited);
        house.tidy_after(2).await;
        assert!(!house.is_known(sent_again.user_id).await);
        assert_eq!(house.state(accepted.user_id).await, Some(active));
        let reader = house.store.read();
        let open = store::invitations::list_open(&reader, organization).await;
        assert!(open.unwrap().is_empty());
        let told = store::events::since(&reader, organization, 0, 1_000).await;
        let mut ended = told
            .unwrap()
            .into_iter()
            .filter(|one| one.topic == Topic::Invitation && one.change == ChangeKind::Deleted);
        assert!(ended.any(|one| one.subject == forgotten.id.to_string()));
    }
}

#[tokio::test]
async fn an_invitation_that_was_taken_back_leaves_nobody_after_a_week() {
    for house in House::all().await {
        let invitation = house.invite("slip").await;
        let mut tx = house.store.begin().await.unwrap();
        store::memberships::remove(&mut tx, house.organization, invitation.user_id)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        house.tidy_after(7).await;
        assert!(house.is_known(invitation.user_id).await, "on its last day");
        house.tidy_after(1).await;
        assert!(!house.is_known(invitation.user_id).await);
    }
}

#[tokio::test]
async fn tokens_go_a_while_after_their_end_and_living_ones_stay() {
    for house in House::all().await {
        let now = house.clock.now();
        let days = |days: i64| now + SignedDuration::from_hours(24 * days);
        let ran_out = house.token("ran out", days(1)).await;
        let deleted = house.token("deleted", days(300)).await;
        let living = house.token("living", days(300)).await;
        let mut tx = house.store.begin().await.unwrap();
        store::api_tokens::revoke(&mut tx, house.organization, deleted.id, days(1))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let left = async || {
            let mut left = Vec::new();
            for token in [&ran_out, &deleted, &living] {
                let reader = house.store.read();
                let found = store::api_tokens::lookup(&reader, house.organization, token.id).await;
                if found.unwrap().is_some() {
                    left.push(token.name.as_str());
                }
            }
            left
        };
        house.tidy_after(1 + ENDED_TOKEN_DAYS).await;
        assert_eq!(
            left().await.len(),
            3,
            "on their last day they are still there"
        );
        house.tidy_after(1).await;
        assert_eq!(left().await, ["living"]);
    }
}
