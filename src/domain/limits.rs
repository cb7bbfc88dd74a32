//! Every limit of Holdfast that is not configuration, with its unit and its reason.

/// Longest name of a policy, account, token or unit, in characters: one line of a table.
pub const NAME_LENGTH_MAX: usize = 100;
/// Longest description, in characters.
pub const DESCRIPTION_LENGTH_MAX: usize = 1_000;
/// Longest e-mail address, in bytes (RFC 5321, 4.5.3.1.3).
pub const EMAIL_LENGTH_MAX: usize = 254;
/// Shortest password, in characters (profile `standard`, as others of this product class ask).
pub const PASSWORD_LENGTH_MIN: usize = 14;
/// Longest password, in characters (profile `standard`).
pub const PASSWORD_LENGTH_MAX: usize = 64;
/// Nodes of one page when the caller names no number.
pub const PAGE_SIZE_DEFAULT: u32 = 25;
/// Most nodes of one page: more is an error, never a silent cut.
pub const PAGE_SIZE_MAX: u32 = 100;
/// `totalCount` stops counting here: counting a million rows for one badge helps nobody.
pub const TOTAL_COUNT_MAX: u64 = 10_000;
/// Most ids in one call.
pub const BATCH_SIZE_MAX: usize = 100;
/// Most regions of one AWS account: AWS has fewer than 40.
pub const REGIONS_MAX: usize = 40;
/// Most operations of one policy.
pub const POLICY_OPERATIONS_MAX: usize = 20;
/// Most frequencies of one operation.
pub const FREQUENCIES_MAX: usize = 10;
/// Longest stretch of a calendar, in hours: two weeks, as many as a person plans ahead.
pub const CALENDAR_HOURS_MAX: i64 = 336;
/// Most nominal times that one calendar walks over: a second of work, also for a thousand policies with grids of minutes.
pub const CALENDAR_TIMES_MAX: u32 = 500_000;
/// Smallest interval between two runs, in minutes.
pub const INTERVAL_MINUTES_MIN: u32 = 1;
/// Largest count of units in an interval or a retention: 999 days, months and so on.
pub const CALENDAR_COUNT_MAX: u32 = 999;
/// Longest retention, in years: a typing error must not keep data for ever.
pub const RETENTION_YEARS_MAX: u32 = 100;
/// Most tags that a restore may set (AWS allows 50 a resource, a few are ours).
pub const RESTORE_TAGS_MAX: usize = 40;
/// Longest idempotency key, in characters.
pub const IDEMPOTENCY_KEY_LENGTH_MAX: usize = 128;
/// How long an idempotency key is remembered, in hours.
pub const IDEMPOTENCY_KEY_HOURS: i64 = 24;
/// How long an outbox event can be replayed, in days; a cursor older than that gets a clear error.
pub const EVENT_RETENTION_DAYS: i64 = 7;
/// How long the row of a session stays after its end, in days: its owner may look back, the audit log remembers anyhow.
pub const ENDED_SESSION_DAYS: i64 = 30;
/// How long an invitation that ran out can still be sent again, in days; then it is over, with what it would have granted.
pub const RUN_OUT_INVITATION_DAYS: i64 = 30;
/// How long a person stays of whom nothing is left (no password, no second factor, no account at a provider, no membership), in days
/// since they were added: what was invited and taken back within a week is a slip that is made good under the same id.
pub const LEFT_PERSON_DAYS: i64 = 7;
/// How long the row of an API token stays after its end, in days: its owner sees in the list what ran out and has to be renewed, the
/// audit log remembers anyhow.
pub const ENDED_TOKEN_DAYS: i64 = 90;
/// Bytes of a block of the EBS direct APIs.
pub const EBS_BLOCK_BYTES: u64 = 524_288;
/// Shortest time that AWS bills for a snapshot in its archive tier, in days (EBS user guide, "Archive Amazon EBS snapshots").
pub const ARCHIVE_DAYS_MIN: u32 = 90;
/// How long a snapshot that a restore brought back from the archive can be used, in days: time for the restore and for another
/// attempt. AWS bills it as a whole snapshot in the standard tier meanwhile.
pub const ARCHIVE_RETURN_DAYS: u32 = 7;
/// Longest name of an organizational unit, in characters, as others of this product class allow.
pub const UNIT_NAME_LENGTH_MAX: usize = 129;
/// Most levels of organizational units below the root: deeper trees are folders, not units.
pub const UNIT_DEPTH_MAX: usize = 16;
/// Most organizational units of one organization: each request of a limited member reads them all.
pub const UNITS_MAX: usize = 1_000;
/// Most custom roles of one organization: a list that a person can still look through.
pub const ROLES_MAX: usize = 100;
/// Most grants of one person in one organization.
pub const ROLE_GRANTS_MAX: usize = 100;
/// How long an invitation can be accepted, in days.
pub const INVITATION_DAYS: i64 = 7;
/// Longest note on an alert, in characters, as others of this product class allow.
pub const ALERT_NOTE_LENGTH_MAX: usize = 1_023;
/// Most networks on the allowlist of one organization.
pub const IP_ALLOWLIST_MAX: usize = 100;
/// Most protection rules of one organization: each change of one is weighed against all of them.
pub const PROTECTION_RULES_MAX: usize = 1_000;
/// Most windows of a look-back period: a year of days, or two weeks of hours.
pub const COMPLIANCE_WINDOWS_MAX: i64 = 366;
/// Longest time after its end at which a window is judged, in minutes: a week, as long as the longest backups take.
pub const SETTLE_MINUTES_MAX: u32 = 10_080;
/// Windows that a reason names: more than fit on a page.
pub const REASON_WINDOWS_MAX: usize = 20;
/// Recovery points that a reason names.
pub const REASON_POINTS_MAX: usize = 20;
/// How long the compliance of an asset may wait for its turn before it counts as unknown, in seconds: six turns of the duty.
pub const CHECK_GRACE_SECONDS: i64 = 60;
/// How long nobody may have looked for changes before all of compliance is in doubt, in seconds: twelve turns of the duty.
pub const FOLLOW_GRACE_SECONDS: i64 = 120;
/// Intervals of one asset's history in one answer: a change every four hours for half a year.
pub const COMPLIANCE_INTERVALS_MAX: u64 = 1_000;
/// Days of one chart of compliance: a little more than a year.
pub const COMPLIANCE_DAYS_MAX: i32 = 400;
/// Most assets of all fleets that one replica keeps in memory (`plan_bench` tells how much of it they take).
pub const FLEET_ASSETS_MAX: u64 = 2_000_000;
/// How long a fleet stays in memory after nobody has looked at it, in minutes: a person who edits rules looks again sooner.
pub const FLEET_IDLE_MINUTES: i64 = 15;
/// Most policies that one draft names: a request has room for no more.
pub const PLAN_POLICIES_MAX: usize = 200;
/// Most assets that must be brought in line before a policy can go, in the transaction that removes it; more wait for a task.
pub const PLAN_SETTLE_MAX: u64 = 10_000;
/// How long a recovery point whose time is over can be taken back, in days, unless the configuration says otherwise: time to
/// notice on Monday what ended on Friday.
pub const EXPIRY_UNDO_DAYS: u32 = 7;
/// How long a compliance lock can be taken back before it holds, in hours: as long as AWS Backup's vault lock waits at least.
pub const LOCK_COOLING_OFF_HOURS: i64 = 72;
/// How much longer than the lock a store keeps objects, in days: so long no backup has to extend what it shares with older ones.
pub const LOCK_GENERATION_DAYS: i64 = 10;
/// What a store keeps objects beyond that, in hours: clocks of servers and stores that differ, uploads that take long.
pub const LOCK_SLACK_HOURS: i64 = 24;
/// How long after a change of the lock a writer may still write by the old one, in minutes: AWS refuses requests that were
/// signed longer ago.
pub const LOCK_SETTLE_MINUTES: i64 = 15;
/// How old the probe of a store may be when a compliance lock is asked for, in days: reconciliation probes every day.
pub const LOCK_PROBE_DAYS: i64 = 3;
/// Largest vault head that is written and read, in bytes: about 200,000 recovery points in one repository.
pub const VAULT_HEAD_BYTES_MAX: usize = 64 << 20;
/// How long an audit webhook may fail before its organization gets an alert, in minutes: an upgrade of the receiver takes less.
pub const AUDIT_WEBHOOK_PATIENCE_MINUTES: i64 = 60;
/// Longest pause between two tries at an audit webhook, in seconds (reliability.md T-53).
pub const AUDIT_WEBHOOK_PAUSE_MAX_SECONDS: i64 = 3_600;
/// Most checkpoints that wait for one audit webhook: one every five minutes for a month; then the oldest goes.
pub const AUDIT_WEBHOOK_WAITING_MAX: u64 = 9_000;
/// Checkpoints that one look posts to one audit webhook, so that one that was down for long holds no other up for long.
pub const AUDIT_WEBHOOK_BATCH: u64 = 20;
