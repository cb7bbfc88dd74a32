//! The condition that keeps queries inside their scope.
//!
//! Not for rights. Invariant: every scoped finder takes its condition from here.

use domain::scope::{Scope, Units};
use domain::{OrganizationId, OrganizationalUnitId};
use sea_orm::sea_query::{Alias, Cond, Condition, Expr, ExprTrait, Query};

/// What a finder may see: a `&Scope` of a caller, or a whole organization for work that the service does itself.
pub trait InScope: Send + Sync {
    /// The organization.
    fn organization(&self) -> OrganizationId;

    /// The units; none means all of them.
    fn units(&self) -> Option<&[OrganizationalUnitId]>;

    /// Units above those, whose policies are seen from below.
    fn inherited(&self) -> &[OrganizationalUnitId] {
        &[]
    }
}

impl InScope for &Scope {
    fn organization(&self) -> OrganizationId {
        Scope::organization(self)
    }

    fn units(&self) -> Option<&[OrganizationalUnitId]> {
        match Scope::units(self) {
            Units::All => None,
            Units::Only(units) => Some(units),
        }
    }

    fn inherited(&self) -> &[OrganizationalUnitId] {
        Scope::inherited(self)
    }
}

impl InScope for OrganizationId {
    fn organization(&self) -> OrganizationId {
        *self
    }

    fn units(&self) -> Option<&[OrganizationalUnitId]> {
        None
    }
}

/// Condition: the row of `table`, which has `organization_id` and `unit_id`, is inside the scope.
pub(crate) fn by_unit(scope: &impl InScope, table: &str) -> Condition {
    let mut condition = by_organization(scope, table);
    if let Some(units) = scope.units() {
        condition = condition.add(
            Expr::col((Alias::new(table), Alias::new("unit_id")))
                .is_in(units.iter().map(|unit| unit.uuid())),
        );
    }
    condition
}

/// As [`by_unit`], for things that hold in the units below theirs: they are seen from there, too.
pub(crate) fn by_unit_or_above(scope: &impl InScope, table: &str) -> Condition {
    let mut condition = by_organization(scope, table);
    if let Some(units) = scope.units() {
        let seen = units.iter().chain(scope.inherited());
        condition = condition.add(
            Expr::col((Alias::new(table), Alias::new("unit_id")))
                .is_in(seen.map(|unit| unit.uuid())),
        );
    }
    condition
}

/// Condition: the row of `table`, which has `organization_id`, `asset_id` and `aws_account_id`, is about an asset inside the
/// scope, or about an account inside the scope and no asset. What is about neither belongs to the whole organization.
pub(crate) fn by_asset_or_account(scope: &impl InScope, table: &str) -> Condition {
    if scope.units().is_none() {
        return by_organization(scope, table);
    }
    let accounts = Query::select()
        .column((Alias::new("aws_accounts"), Alias::new("id")))
        .from(Alias::new("aws_accounts"))
        .cond_where(by_unit(scope, "aws_accounts"))
        .take();
    let column = |name: &'static str| Expr::col((Alias::new(table), Alias::new(name)));
    let of_account = Cond::all()
        .add(by_organization(scope, table))
        .add(column("asset_id").is_null())
        .add(column("aws_account_id").in_subquery(accounts));
    Cond::any().add(by_asset(scope, table)).add(of_account)
}

/// Condition: the row of `table`, which has `organization_id` and `asset_id`, is about an asset inside the scope.
pub(crate) fn by_asset(scope: &impl InScope, table: &str) -> Condition {
    let mut condition = by_organization(scope, table);
    if scope.units().is_some() {
        let visible = Query::select()
            .column((Alias::new("assets"), Alias::new("id")))
            .from(Alias::new("assets"))
            .cond_where(by_unit(scope, "assets"))
            .take();
        condition = condition
            .add(Expr::col((Alias::new(table), Alias::new("asset_id"))).in_subquery(visible));
    }
    condition
}

fn by_organization(scope: &impl InScope, table: &str) -> Condition {
    Cond::all().add(
        Expr::col((Alias::new(table), Alias::new("organization_id")))
            .eq(scope.organization().uuid()),
    )
}
