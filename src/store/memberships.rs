//! Memberships: who belongs to which organization.
//!
//! Not for grants (`role_grants.rs`). Invariant: every change tells the member's sessions, so that their streams end or are
//! looked at anew, and whoever follows the members; of who is only invited nobody but their invitation tells.

use domain::event::{ChangeKind, Topic};
use domain::limits::TOTAL_COUNT_MAX;
use domain::membership::{Membership, MembershipState};
use domain::page::{Direction, Page, PageRequest};
use domain::user::User;
use domain::{IdentityProviderId, OrganizationId, UserId};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, SelectStatement};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Set,
};

use crate::Error;
use crate::convert::{At, affected};
use crate::dialect::{IN_LIST_MAX, contains, lock_rows};
use crate::entity::{membership, user};
use crate::page::{Order, count_up_to, fetch, try_map};
use crate::time::{Instant, optional, timestamp};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};
use crate::users::to_user;

const TABLE: &str = "memberships";

/// Which members are wanted; absent parts match all.
#[derive(Debug, Clone, Default)]
pub struct MemberFilter {
    /// In one of these states.
    pub states: Option<Vec<MembershipState>>,
    /// Whose name or address contains this.
    pub text: Option<String>,
}

/// Adds a membership; violates the primary key when the person belongs to the organization already.
pub async fn add(tx: &mut Tx, membership: &Membership) -> Result<(), Error> {
    let row = membership::ActiveModel {
        organization_id: Set(membership.organization_id.uuid()),
        user_id: Set(membership.user_id.uuid()),
        state: Set(membership.state.name().to_owned()),
        invited_by: Set(membership.invited_by.map(UserId::uuid)),
        created_at: Set(Instant(membership.created_at)),
        last_active_at: Set(optional(membership.last_active_at)),
        suspended_by: Set(None),
    };
    membership::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    let (organization, user) = (membership.organization_id, membership.user_id);
    tx.told(organization, Topic::Session, ChangeKind::Updated, user);
    if membership.state.has_joined() {
        tx.told(organization, Topic::User, ChangeKind::Created, user);
    }
    Ok(())
}

/// The membership of a person in an organization.
pub async fn lookup(
    db: &impl Connection,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<Membership>, Error> {
    let row = membership::Entity::find_by_id((organization.uuid(), user.uuid()))
        .one(db.db())
        .await?;
    row.map(to_membership).transpose()
}

/// As [`lookup`], held until the transaction ends: for read, decide, write.
pub async fn lock(
    tx: &Tx,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<Membership>, Error> {
    let mut select = membership::Entity::find_by_id((organization.uuid(), user.uuid()));
    lock_rows(QuerySelect::query(&mut select));
    let row = select.one(tx.db()).await?;
    row.map(to_membership).transpose()
}

/// The memberships of these people in one organization, in no particular order.
pub async fn lookup_many(
    db: &impl Connection,
    organization: OrganizationId,
    users: &[UserId],
) -> Result<Vec<Membership>, Error> {
    let mut found = Vec::new();
    for chunk in users.chunks(IN_LIST_MAX) {
        let rows = membership::Entity::find()
            .filter(membership::Column::OrganizationId.eq(organization.uuid()))
            .filter(membership::Column::UserId.is_in(chunk.iter().map(|id| id.uuid())))
            .all(db.db())
            .await?;
        for row in rows {
            found.push(to_membership(row)?);
        }
    }
    Ok(found)
}

/// The memberships of one person over all organizations, oldest first: for the person's own eyes and for sign-in.
pub async fn system_list_of_user(
    db: &impl Connection,
    user: UserId,
) -> Result<Vec<Membership>, Error> {
    let rows = membership::Entity::find()
        .filter(membership::Column::UserId.eq(user.uuid()))
        .order_by_asc(membership::Column::CreatedAt)
        .order_by_asc(membership::Column::OrganizationId)
        .all(db.db())
        .await?;
    rows.into_iter().map(to_membership).collect()
}

#[derive(FromQueryResult)]
struct Row {
    #[sea_orm(nested)]
    user: user::Model,
    member_since: Instant,
}

/// A page of the people of an organization, in the order in which they were added.
pub async fn list(
    db: &impl Connection,
    organization: OrganizationId,
    filter: &MemberFilter,
    page: &PageRequest,
) -> Result<Page<User>, Error> {
    let order = Order::by(
        "memberships.created_at",
        TABLE,
        "created_at",
        Direction::Ascending,
    )
    .with_id(TABLE, "user_id");
    let mut select = select(organization, filter);
    select.expr_as(
        Expr::col((membership::Entity, membership::Column::CreatedAt)),
        "member_since",
    );
    let rows = fetch(db, select, &order, page, |row: &Row| {
        (row.member_since.0.into(), row.user.id)
    })
    .await?;
    try_map(rows, |row| Ok(to_user(row.user)))
}

/// How many people match, counted up to [`TOTAL_COUNT_MAX`].
pub async fn count(
    db: &impl Connection,
    organization: OrganizationId,
    filter: &MemberFilter,
) -> Result<u64, Error> {
    count_up_to(db, select(organization, filter), TOTAL_COUNT_MAX).await
}

/// Changes the state of a membership, by hand, and tells the member's sessions.
pub async fn set_state(
    tx: &mut Tx,
    organization: OrganizationId,
    user: UserId,
    state: MembershipState,
) -> Result<(), Error> {
    write_state(tx, organization, user, (state, None)).await
}

/// Suspends a member in the name of an identity provider, and tells the member's sessions.
pub async fn suspend_by(
    tx: &mut Tx,
    organization: OrganizationId,
    user: UserId,
    provider: IdentityProviderId,
) -> Result<(), Error> {
    let state = MembershipState::Suspended;
    write_state(tx, organization, user, (state, Some(provider))).await
}

/// The identity provider that has suspended a member; none when that was done by hand, or not at all.
pub async fn suspended_by(
    db: &impl Connection,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<IdentityProviderId>, Error> {
    let row = membership::Entity::find_by_id((organization.uuid(), user.uuid()))
        .one(db.db())
        .await?;
    let by = row.and_then(|row| row.suspended_by);
    Ok(by.map(IdentityProviderId::from_uuid))
}

async fn write_state(
    tx: &mut Tx,
    organization: OrganizationId,
    user: UserId,
    (state, by): (MembershipState, Option<IdentityProviderId>),
) -> Result<(), Error> {
    let done = membership::Entity::update_many()
        .set(membership::ActiveModel {
            state: Set(state.name().to_owned()),
            suspended_by: Set(by.map(IdentityProviderId::uuid)),
            ..Default::default()
        })
        .filter(membership::Column::OrganizationId.eq(organization.uuid()))
        .filter(membership::Column::UserId.eq(user.uuid()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    tell(tx, organization, user);
    Ok(())
}

/// Remembers when the member was seen last; nothing when the membership is gone.
pub async fn touch(
    tx: &mut Tx,
    organization: OrganizationId,
    user: UserId,
    now: Timestamp,
) -> Result<(), Error> {
    membership::Entity::update_many()
        .set(membership::ActiveModel {
            last_active_at: Set(Some(Instant(now))),
            ..Default::default()
        })
        .filter(membership::Column::OrganizationId.eq(organization.uuid()))
        .filter(membership::Column::UserId.eq(user.uuid()))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Ends a membership with its grants and invitations, and tells the member's sessions.
pub async fn remove(tx: &mut Tx, organization: OrganizationId, user: UserId) -> Result<(), Error> {
    let before = lookup(tx, organization, user).await?;
    if before.is_some_and(|one| one.state == MembershipState::Invited) {
        crate::invitations::tell_gone(tx, organization, user).await?;
    } else {
        tx.told(organization, Topic::User, ChangeKind::Deleted, user);
    }
    let done = membership::Entity::delete_many()
        .filter(membership::Column::OrganizationId.eq(organization.uuid()))
        .filter(membership::Column::UserId.eq(user.uuid()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    tx.told(organization, Topic::Session, ChangeKind::Updated, user);
    Ok(())
}

/// Tells that a membership or a grant changed: to the member's sessions, and to whoever follows the members.
pub(crate) fn tell(tx: &mut Tx, organization: OrganizationId, user: UserId) {
    tx.told(organization, Topic::Session, ChangeKind::Updated, user);
    tx.told(organization, Topic::User, ChangeKind::Updated, user);
}

/// Tells every organization of a person that the person changed, in a transaction over all of them. What organizations only
/// have invited them learns nothing of it.
pub(crate) async fn tell_everywhere(tx: &mut Tx, user: UserId) -> Result<(), Error> {
    debug_assert!(
        tx.organization().is_none(),
        "a tenant's transaction sees one membership only"
    );
    for membership in system_list_of_user(tx, user).await? {
        if membership.state.has_joined() {
            let organization = membership.organization_id;
            tx.told(organization, Topic::User, ChangeKind::Updated, user);
        }
    }
    Ok(())
}

/// Tells a person that something of their own account changed: wherever they belong, or in the organization whose transaction
/// it is.
pub async fn tell_own(tx: &mut Tx, user: UserId) -> Result<(), Error> {
    let organizations = if let Some(own) = tx.organization() {
        vec![own]
    } else {
        let memberships = system_list_of_user(tx, user).await?.into_iter();
        memberships.map(|one| one.organization_id).collect()
    };
    for organization in organizations {
        tx.told(organization, Topic::OwnAccount, ChangeKind::Updated, user);
    }
    Ok(())
}

fn select(organization: OrganizationId, filter: &MemberFilter) -> SelectStatement {
    // Who is only invited is nobody's to see: their name would tell that they are known elsewhere.
    let invited = MembershipState::Invited.name();
    let mut select = user::Entity::find()
        .filter(Expr::col((membership::Entity, membership::Column::State)).ne(invited));
    if let Some(states) = &filter.states {
        let names = states.iter().map(|state| state.name());
        select =
            select.filter(Expr::col((membership::Entity, membership::Column::State)).is_in(names));
    }
    if let Some(text) = filter.text.as_deref().filter(|text| !text.is_empty()) {
        let name = sea_orm::sea_query::Func::lower(user::Column::Name.into_expr()).into();
        select = select.filter(
            sea_orm::Condition::any()
                .add(contains(name, text))
                .add(contains(user::Column::Email.into_expr(), text)),
        );
    }
    let mut select = select.into_query();
    select.join(
        JoinType::InnerJoin,
        membership::Entity,
        Expr::col((membership::Entity, membership::Column::UserId))
            .equals((user::Entity, user::Column::Id))
            .and(
                Expr::col((membership::Entity, membership::Column::OrganizationId))
                    .eq(organization.uuid()),
            ),
    );
    select
}

fn to_membership(row: membership::Model) -> Result<Membership, Error> {
    let at = At::new(TABLE, row.user_id);
    Ok(Membership {
        organization_id: OrganizationId::from_uuid(row.organization_id),
        user_id: UserId::from_uuid(row.user_id),
        state: at.known("state", MembershipState::from_name(&row.state))?,
        invited_by: row.invited_by.map(UserId::from_uuid),
        created_at: row.created_at.0,
        last_active_at: timestamp(row.last_active_at),
    })
}
