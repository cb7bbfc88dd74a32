//! T-49b: who may do what, tried: every mutation by every role at its own unit, at another one and in a foreign tenant, against the
//! table in `schema/permissions.txt`.
//!
//! Invariant: nothing that is allowed here is kept: the database refuses the record of a success, and with it the whole transaction.
//! So every cell is tried on the same world, and whoever is allowed gets as far as the record.

use std::collections::{BTreeMap, BTreeSet};

use app::Ctx;
use app::actions::{self, Needs};
use app::testing::{Harness, contents, refuse_success};
use domain::permission::Permission;
use domain::role::BuiltInRole;
use serde_json::Value;

use super::audited::{EXAMPLES, input};
use super::stage;
use super::world::{DRAFT, Tenant};
use crate::checks::sample::Sdl;
use crate::checks::{Stage, codes};
use crate::matrix::camel;

const TABLE: &str = include_str!("../../../../schema/permissions.txt");

/// Inputs of mutations that need a right and are not among the examples, or need another one here.
const INPUTS: &[(&str, &str)] = &[
    (
        "applyProtection",
        r#"{ draft: { removedRules: ["gone"] }, planHash: "none" }"#,
    ),
    (
        "createPolicy",
        r#"{ draft: { name: "new", @draft }, organizationalUnitId: "@unit" }"#,
    ),
    (
        "createProtectionRule",
        r#"{ draft: { name: "new", policyId: "@policy", condition: { hasTag: "a" } }, organizationalUnitId: "@unit" }"#,
    ),
    (
        "moveOrganizationalUnit",
        r#"{ id: "@unit2", expectedVersion: 1, parentId: "@unit" }"#,
    ),
    (
        "updateAwsAccount",
        r#"{ id: "@awsaccount", expectedVersion: 2, name: "other" }"#,
    ),
    ("activateIdentityProvider", r#"{ id: "@idp" }"#),
    ("deactivateIdentityProvider", r#"{ id: "@idp" }"#),
    ("testIdentityProvider", r#"{ id: "@idp" }"#),
    (
        "enforceSignOn",
        r#"{ enforced: true, breakGlassUserIds: ["@user"] }"#,
    ),
    ("proveDomain", r#"{ id: "@domain" }"#),
    ("releaseDomain", r#"{ id: "@domain" }"#),
    ("resetSecondFactors", r#"{ userId: "@user" }"#),
    (
        "extendRecoveryPointRetention",
        r#"{ id: "@point2", until: "2100-01-01T00:00:00Z" }"#,
    ),
    (
        "undoRecoveryPointExpiry",
        r#"{ id: "@point2", until: "2100-01-01T00:00:00Z" }"#,
    ),
    ("releaseExpiryBrake", r#"{ reason: "x" }"#),
    ("withdrawVaultLock", r#"{ reason: "x" }"#),
    (
        "approveApprovalRequest",
        r#"{ id: "@approval", planHash: "x" }"#,
    ),
    ("denyApprovalRequest", r#"{ id: "@approval" }"#),
];

/// What is the caller's own, so that somebody else's is missing for everybody.
const PERSONAL: &[&str] = &["cancelApprovalRequest", "deleteApiToken"];

/// What does not get as far as its record in this world even when it is allowed: it needs a state that the world is not in.
const STATEFUL: &[&str] = &[
    // A provider that was tested, an active one, an answer of the DNS, a browser.
    "activateIdentityProvider",
    // The hash of a preview.
    "applyProtection",
    // Somebody who was here before the request was made.
    "approveApprovalRequest",
    "deactivateIdentityProvider",
    "enforceSignOn",
    // A point with an end.
    "extendRecoveryPointRetention",
    "proveDomain",
    // A brake that holds something back, a lock.
    "releaseExpiryBrake",
    "removeVaultLock",
    // A paused policy, a paused rule, a suspended person.
    "resumePolicy",
    "resumeProtectionRule",
    "resumeUser",
    "testIdentityProvider",
    // A point in its undo window.
    "undoRecoveryPointExpiry",
    // A compliance lock that waits.
    "withdrawVaultLock",
];

/// Tables in which a refusal is recorded, and the one in which a test of a provider waits for its answer.
const LOGS: &[&str] = &["audit_events", "audit_logs", "events", "sign_on_requests"];

/// Where a caller stands; the things are at a unit of our organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the root unit.
    Root,
    /// At the unit of the things.
    Own,
    /// At a unit beside it.
    Other,
    /// At the root unit of another organization.
    Foreign,
}

/// What must come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// `FORBIDDEN`.
    Refused,
    /// Neither `FORBIDDEN` nor `NOT_FOUND`.
    Reached,
    /// As if there was no such thing, or `FORBIDDEN`.
    Hidden,
    /// Anything but the error `FORBIDDEN`: the caller has every right that it takes. What they may not give away is a problem
    /// of their input.
    Free,
}

/// What the table says of a role: `x`, `+`, `*` or `.`.
fn marks() -> BTreeMap<String, Vec<char>> {
    let rows = TABLE
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .skip(1)
        .take_while(|line| !line.starts_with("right "));
    let mut marks = BTreeMap::new();
    for row in rows {
        let mut words: Vec<&str> = row.split_whitespace().collect();
        let cells = words.split_off(words.len() - BuiltInRole::ALL.len());
        // The task of the world is a backup.
        if words.len() == 1 || matches!(words[1], "!" | "~" | "!~" | "backup_ebs") {
            let cells = cells.iter().map(|cell| cell.chars().next().unwrap());
            marks.insert(words[0].to_owned(), cells.collect());
        }
    }
    marks
}

fn needs(mutation: &str) -> Needs {
    let action = actions::ALL
        .iter()
        .find(|action| camel(action.name) == mutation);
    action
        .unwrap_or_else(|| panic!("{mutation} is no action"))
        .needs
}

fn expected(mutation: &str, mark: char, place: Place, has_target: bool) -> Expected {
    if needs(mutation) == Needs::Nothing {
        return Expected::Free;
    }
    let is_here = matches!(place, Place::Root | Place::Own);
    // Which right it takes is known when the task was found.
    let is_of_task = needs(mutation) == Needs::OfTask;
    match (mark, place) {
        ('.', _) if is_of_task && !is_here => Expected::Hidden,
        ('.', _) | ('+' | '*', Place::Own | Place::Other) => Expected::Refused,
        ('x' | '+' | '*', _) if PERSONAL.contains(&mutation) => Expected::Free,
        ('x' | '+' | '*', Place::Root | Place::Own) => Expected::Reached,
        ('x' | '+' | '*', Place::Other | Place::Foreign) if has_target => Expected::Hidden,
        ('x' | '+' | '*', Place::Other | Place::Foreign) => Expected::Reached,
        (mark, _) => panic!("{mutation} has the mark {mark}"),
    }
}

/// The codes of what was answered: of errors, and of problems in the payload.
fn all_codes(mutation: &str, answer: &Value) -> Vec<String> {
    let mut all = codes(answer);
    let problems = answer["data"][mutation]["userErrors"].as_array();
    let problems = problems.into_iter().flatten();
    all.extend(problems.map(|one| one["code"].as_str().unwrap().to_owned()));
    all
}

/// Our world, with the things that a unit may have at a unit of their own.
struct Matrix {
    stage: Stage,
    /// Name, document, and whether it names anything.
    mutations: Vec<(String, String, bool)>,
    own: domain::OrganizationalUnitId,
    other: domain::OrganizationalUnitId,
    foreign: Harness,
    /// What got as far as its record.
    reached: BTreeSet<String>,
    faults: Vec<String>,
    tried: usize,
}

impl Matrix {
    async fn new() -> Self {
        let (stage, _) = stage().await;
        let admin = stage.world.admin().await;
        let mut things = Tenant::new(&stage, admin.clone(), "own").await;
        let root = stage.world.root().await;
        let own = stage.world.unit(root, "Own").await;
        let other = stage.world.unit(root, "Other").await;
        place(&stage, &admin, &mut things, own).await;
        let theirs = stage.world.stranger().await;
        let foreign = Harness {
            services: stage.world.services.clone(),
            clock: stage.world.clock.clone(),
            organization: app::organizations::own(&theirs).await.unwrap().unwrap(),
            admin: theirs.user().unwrap().clone(),
            records: stage.world.records.clone(),
        };
        let mutations = documents(&things);
        refuse_success(&stage.world.services.store, true).await;
        Self {
            stage,
            mutations,
            own,
            other,
            foreign,
            reached: BTreeSet::new(),
            faults: Vec::new(),
            tried: 0,
        }
    }

    async fn caller(&self, role: BuiltInRole, place: Place) -> Ctx {
        let store = &self.stage.world.services.store;
        refuse_success(store, false).await;
        let world = &self.stage.world;
        let caller = match place {
            Place::Root => world.person(role).await,
            Place::Own => world.person_at(role.id(), self.own).await,
            Place::Other => world.person_at(role.id(), self.other).await,
            Place::Foreign => self.foreign.person(role).await,
        };
        refuse_success(store, true).await;
        caller
    }

    /// Tries what `expected` says something about, and looks whether anything but logs has changed.
    async fn try_all(
        &mut self,
        name: &str,
        caller: &Ctx,
        expected: impl Fn(&str, bool) -> Expected,
    ) {
        let store = self.stage.world.services.store.clone();
        let state = async || {
            let mut all = contents(&store).await;
            all.retain(|table, _| !LOGS.contains(&table.as_str()));
            all
        };
        let before = state().await;
        let mutations = self.mutations.clone();
        // Some that need no right keep something without a record, such as a mail that waits.
        let (free, bound): (Vec<_>, Vec<_>) =
            mutations.iter().partition(|(mutation, _, has_target)| {
                expected(mutation, *has_target) == Expected::Free
            });
        for (mutation, document, has_target) in bound {
            self.cell(
                name,
                caller,
                (mutation, document),
                expected(mutation, *has_target),
            )
            .await;
        }
        for (table, rows) in state().await {
            if before.get(&table) != Some(&rows) {
                self.faults.push(format!("{name} has changed {table}"));
            }
        }
        for (mutation, document, _) in free {
            self.cell(name, caller, (mutation, document), Expected::Free)
                .await;
        }
    }

    async fn cell(
        &mut self,
        name: &str,
        caller: &Ctx,
        (mutation, document): (&str, &str),
        expected: Expected,
    ) {
        self.tried += 1;
        let answer = self.stage.ask(Some(caller), document).await;
        let codes = all_codes(mutation, &answer);
        let codes_of_errors = crate::checks::codes(&answer);
        let has = |code: &str| codes.iter().any(|one| one == code);
        // The record of a success is refused by the database.
        let is_through = has("INTERNAL_SERVER_ERROR");
        if is_through {
            self.reached.insert(mutation.to_owned());
        }
        let is_right = match expected {
            Expected::Refused => codes == ["FORBIDDEN"],
            Expected::Reached => !has("FORBIDDEN") && !has("NOT_FOUND"),
            Expected::Hidden => {
                // Somebody who is no Super Admin here cannot be named as one who breaks the glass.
                let is_no_admin = mutation == "enforceSignOn" && has("INVALID");
                !is_through && (has("FORBIDDEN") || has("NOT_FOUND") || is_no_admin)
            }
            Expected::Free => !codes_of_errors.iter().any(|one| one == "FORBIDDEN"),
        };
        if !is_right {
            self.faults
                .push(format!("{mutation} by {name}: {expected:?}, but {answer}"));
        }
    }

    fn finish(&self) {
        assert!(
            self.faults.is_empty(),
            "{} faults: {:#?}",
            self.faults.len(),
            self.faults
        );
    }
}

/// Moves what belongs to a unit there, or makes it there.
#[expect(clippy::too_many_lines, reason = "one of everything")]
async fn place(
    stage: &Stage,
    admin: &Ctx,
    things: &mut Tenant,
    unit: domain::OrganizationalUnitId,
) {
    let account = things.ids["awsaccount"][0].clone();
    let moved = format!(
        "mutation {{ updateAwsAccount(input: {{ id: \"{account}\", expectedVersion: 1, organizationalUnitId: \"{unit}\" }}) {{
            userErrors {{ message }} }} }}"
    );
    let answer = stage.data(admin, &moved).await;
    assert_eq!(
        answer["updateAwsAccount"]["userErrors"],
        serde_json::json!([])
    );
    let role = &things.ids["role"][0];
    let policy = &things.ids["policy"][0];
    let mut made: Vec<(String, String)> = Vec::new();
    for number in 0..3 {
        let inputs = [
            (
                "createPolicy",
                "policy",
                format!(
                    "draft: {{ name: \"there {number}\", {DRAFT} }}, organizationalUnitId: \"{unit}\""
                ),
            ),
            (
                "createProtectionRule",
                "protectionRule",
                format!(
                    "draft: {{ name: \"there {number}\", policyId: \"{policy}\", condition: {{ hasTag: \"a\" }} }},
                    organizationalUnitId: \"{unit}\""
                ),
            ),
            (
                "createOrganizationalUnit",
                "organizationalUnit",
                format!("name: \"there {number}\", parentId: \"{unit}\""),
            ),
            (
                "createServiceToken",
                "serviceToken",
                format!(
                    "name: \"there {number}\", grants: [{{ roleId: \"{role}\", organizationalUnitId: \"{unit}\" }}]"
                ),
            ),
        ];
        for (mutation, field, input) in inputs {
            let document = format!(
                "mutation {{ {mutation}(input: {{ {input} }}) {{ {field} {{ id }} userErrors {{ message }} }} }}"
            );
            let answer = stage.data(admin, &document).await;
            let id = answer[mutation][field]["id"].as_str();
            let id = id.unwrap_or_else(|| panic!("{answer}")).to_owned();
            made.push((mutation.to_owned(), id));
        }
    }
    let point = &things.ids["point"][3];
    let held = format!(
        "mutation {{ createLegalHold(input: {{ name: \"there\", reason: \"x\", organizationalUnitId: \"{unit}\",
            recoveryPointIds: [\"{point}\"] }}) {{ legalHold {{ id }} userErrors {{ message }} }} }}"
    );
    let answer = stage.data(admin, &held).await;
    let hold = answer["createLegalHold"]["legalHold"]["id"].as_str();
    let hold = hold.unwrap_or_else(|| panic!("{answer}")).to_owned();
    things.ids.insert("legalhold".to_owned(), vec![hold]);
    let of = |mutation: &str| -> Vec<String> {
        let fitting = made.iter().filter(|(name, _)| name == mutation);
        fitting.map(|(_, id)| id.clone()).collect()
    };
    things.ids.insert("policy".to_owned(), of("createPolicy"));
    things
        .ids
        .insert("rule".to_owned(), of("createProtectionRule"));
    things
        .ids
        .insert("unit".to_owned(), of("createOrganizationalUnit"));
    // The fourth is what the examples take for a service token.
    let token = of("createServiceToken").remove(0);
    things.ids.get_mut("token").unwrap()[3] = token;
    let provider = &things.ids["idp"][0];
    let pushed = format!(
        "mutation {{ createScimToken(input: {{ identityProviderId: \"{provider}\" }}) {{ userErrors {{ message }} }} }}"
    );
    let answer = stage.data(admin, &pushed).await;
    assert_eq!(
        answer["createScimToken"]["userErrors"],
        serde_json::json!([])
    );
    let claimed = "mutation { claimDomain(input: { domain: \"there.example\" }) { domainClaim { id } userErrors { message } } }";
    let answer = stage.data(admin, claimed).await;
    let id = answer["claimDomain"]["domainClaim"]["id"].as_str();
    let id = id.unwrap_or_else(|| panic!("{answer}")).to_owned();
    things.ids.insert("domain".to_owned(), vec![id]);
}

/// Every mutation of the schema. One that needs a right must have an input.
fn documents(things: &Tenant) -> Vec<(String, String, bool)> {
    let sdl = Sdl::new();
    let least: BTreeMap<String, String> = sdl.calls("Mutation", "mutation").into_iter().collect();
    let document = |name: &str, least: &str| {
        let known = INPUTS.iter().chain(EXAMPLES).find(|(one, _)| *one == name);
        let Some((_, example)) = known else {
            assert_eq!(
                needs(name),
                Needs::Nothing,
                "add an input of {name} to INPUTS in checks/tenants/roles.rs"
            );
            return (name.to_owned(), least.to_owned(), false);
        };
        let input = input(example, things);
        let problems = "userErrors { code message field }";
        (
            name.to_owned(),
            format!("mutation {{ {name}(input: {input}) {{ {problems} }} }}"),
            example
                .replace("@password", "")
                .replace("@draft", "")
                .contains('@'),
        )
    };
    least
        .iter()
        .map(|(name, least)| document(name, least))
        .collect()
}

#[tokio::test]
async fn every_mutation_by_every_role_does_what_the_table_says() {
    let marks = marks();
    let mut matrix = Matrix::new().await;
    for (mutation, ..) in &matrix.mutations {
        assert!(
            marks.contains_key(mutation),
            "{mutation} has no row in schema/permissions.txt"
        );
    }
    for (column, role) in BuiltInRole::ALL.iter().enumerate() {
        for place in [Place::Root, Place::Own, Place::Other, Place::Foreign] {
            let caller = matrix.caller(*role, place).await;
            let name = format!("{role:?} at {place:?}");
            matrix
                .try_all(&name, &caller, |mutation, has_target| {
                    expected(mutation, marks[mutation][column], place, has_target)
                })
                .await;
        }
    }
    matrix.finish();
    let bound = matrix
        .mutations
        .iter()
        .map(|(mutation, ..)| mutation.as_str());
    let bound = bound.filter(|mutation| needs(mutation) != Needs::Nothing);
    let short: Vec<&str> = bound
        .filter(|mutation| !matrix.reached.contains(*mutation) && !PERSONAL.contains(mutation))
        .collect();
    assert_eq!(short, STATEFUL, "these did not get as far as their record");
    assert_eq!(
        matrix.tried,
        matrix.mutations.len() * BuiltInRole::ALL.len() * 4
    );
}

#[tokio::test]
async fn a_role_of_one_right_may_do_what_takes_it_and_nothing_else() {
    let mut matrix = Matrix::new().await;
    for right in Permission::ALL {
        let store = matrix.stage.world.services.store.clone();
        refuse_success(&store, false).await;
        let caller = matrix.stage.world.person_with(&[*right]).await;
        refuse_success(&store, true).await;
        let expected = |mutation: &str, _| match needs(mutation) {
            Needs::Nothing => Expected::Free,
            Needs::One(needed) if needed == *right => Expected::Free,
            // Those of a task take the right to see it as well.
            Needs::One(_) | Needs::Every | Needs::OfTask => Expected::Refused,
        };
        matrix
            .try_all(&format!("{right:?}"), &caller, expected)
            .await;
    }
    matrix.finish();
}
