//! A plan and its problems, as a person reads them.
//!
//! Not for asking. Invariant: what does not fit is counted, never left out silently, and texts of others cannot steer a terminal.

use std::fmt::Write as _;
use std::io::Write;

use serde_json::Value;

use crate::cli::output::bytes;

/// Writes the plan.
pub(super) fn plan(out: &mut Vec<u8>, plan: &Value) -> anyhow::Result<()> {
    let changes = list(plan, "/changes");
    for change in &changes {
        write!(out, "{}", self::change(change))?;
    }
    let more = count(plan, "/changeCount").saturating_sub(length(&changes));
    if more > 0 {
        writeln!(out, "  ... and {more} more changes")?;
    }
    let (gained, lost, changed) = (
        count(plan, "/assetsGainedCount"),
        count(plan, "/assetsLostCount"),
        count(plan, "/assetsChangedCount"),
    );
    writeln!(
        out,
        "\nAssets: {gained} gain a policy, {lost} lose theirs, {changed} get another"
    )?;
    let assets = list(plan, "/assetChanges/nodes");
    for asset in &assets {
        writeln!(out, "{}", self::asset(asset))?;
    }
    let more = (gained + lost + changed).saturating_sub(length(&assets));
    if more > 0 {
        writeln!(out, "  ... and {more} more assets")?;
    }
    let points = count(plan, "/recoveryPointsToShorten/totalCount");
    if points > 0 {
        writeln!(
            out,
            "\nRecovery points: {points} would expire earlier if they followed; they stay as they are"
        )?;
    }
    writeln!(out, "\n{}", forecast(plan))?;
    Ok(())
}

/// A problem with its place in the document.
pub(super) fn problem(name: &str, problem: &Value) -> String {
    let field: Vec<&str> = problem
        .get("field")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        // The document is what the API calls `input.draft`.
        .skip_while(|step| *step == "input" || *step == "draft")
        .collect();
    let message = text(problem, "/message");
    if field.is_empty() {
        format!("{name}: {message}")
    } else {
        format!("{name}: {}: {message}", field.join("."))
    }
}

fn change(change: &Value) -> String {
    let sign = match text(change, "/action").as_str() {
        "CREATE" => '+',
        "DELETE" => '-',
        _ => '~',
    };
    let noun = match text(change, "/noun").as_str() {
        "POLICY" => "policy",
        _ => "rule",
    };
    let name = text(change, "/name");
    let mut lines = if text(change, "/action") == "REORDER" {
        format!("{sign} order of rules\n")
    } else {
        format!("{sign} {noun} {name}\n")
    };
    let differences = list(change, "/differences");
    for difference in &differences {
        let path: Vec<String> = list(difference, "/path")
            .iter()
            .filter_map(|step| step.as_str().map(plain))
            .collect();
        let side = |at: &str| match difference.pointer(at).and_then(Value::as_str) {
            Some(text) => plain(text),
            None => "nothing".to_owned(),
        };
        // Writing to a text cannot fail.
        let _written = writeln!(
            lines,
            "    {}: {} -> {}",
            path.join("."),
            side("/before"),
            side("/after")
        );
    }
    let more = count(change, "/differenceCount").saturating_sub(length(&differences));
    if more > 0 {
        let _written = writeln!(lines, "    ... and {more} more differences");
    }
    lines
}

fn asset(change: &Value) -> String {
    let sign = match text(change, "/effect").as_str() {
        "GAINED" => '+',
        "LOST" => '-',
        _ => '~',
    };
    let side = |side: &str| {
        let policy = change.pointer(&format!("/{side}/policy/name"));
        let Some(policy) = policy.and_then(Value::as_str) else {
            return "nothing".to_owned();
        };
        match change
            .pointer(&format!("/{side}/ruleName"))
            .and_then(Value::as_str)
        {
            Some(rule) => format!("{} (rule {})", plain(policy), plain(rule)),
            None => plain(policy),
        }
    };
    let (name, native) = (text(change, "/asset/name"), text(change, "/asset/nativeId"));
    let called = if name == native {
        name
    } else {
        format!("{name} ({native})")
    };
    format!("  {sign} {called}: {} -> {}", side("before"), side("after"))
}

fn forecast(plan: &Value) -> String {
    let number = |side: &str, field: &str| {
        let found = plan.pointer(&format!("/{side}/{field}"));
        found.and_then(Value::as_f64).unwrap_or(0.0)
    };
    let size = |side: &str, field: &str| {
        let text = text(plan, &format!("/{side}/{field}"));
        bytes(text.parse().unwrap_or(0))
    };
    let (old, new) = ("forecastBefore", "forecastAfter");
    format!(
        "Forecast: {:.1} -> {:.1} tasks a day\n\
         Estimate: vault {} -> {}, snapshots in AWS {} -> {}, {:.2} -> {:.2} USD a month",
        number(old, "tasksPerDay"),
        number(new, "tasksPerDay"),
        size(old, "vaultBytes"),
        size(new, "vaultBytes"),
        size(old, "snapshotBytes"),
        size(new, "snapshotBytes"),
        number(old, "costUsdPerMonth"),
        number(new, "costUsdPerMonth"),
    )
}

fn list(value: &Value, at: &str) -> Vec<Value> {
    let found = value.pointer(at).and_then(Value::as_array);
    found.cloned().unwrap_or_default()
}

fn length(list: &[Value]) -> u64 {
    u64::try_from(list.len()).unwrap_or(u64::MAX)
}

fn count(value: &Value, at: &str) -> u64 {
    value.pointer(at).and_then(Value::as_u64).unwrap_or(0)
}

fn text(value: &Value, at: &str) -> String {
    let found = value.pointer(at).and_then(Value::as_str);
    found.map(plain).unwrap_or_default()
}

/// Names of assets come from AWS and may hold anything.
fn plain(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(value: &Value) -> String {
        let mut out = Vec::new();
        plan(&mut out, value).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_plan_says_what_changes_and_counts_what_does_not_fit() {
        let value = json!({
            "changeCount": 3,
            "changes": [
                { "action": "CREATE", "noun": "POLICY", "name": "Gold", "differenceCount": 0, "differences": [] },
                { "action": "UPDATE", "noun": "PROTECTION_RULE", "name": "tagged", "differenceCount": 2,
                  "differences": [{ "path": ["condition", "any_tag", "0"], "before": "a", "after": null }] },
            ],
            "assetsGainedCount": 0, "assetsLostCount": 3, "assetsChangedCount": 0,
            "assetChanges": { "nodes": [{
                "effect": "LOST", "asset": { "name": "or\u{1b}[31mders", "nativeId": "vol-1" },
                "before": { "policy": { "name": "Gold" }, "ruleName": "tagged" },
                "after": { "policy": null, "ruleName": null } }] },
            "recoveryPointsToShorten": { "totalCount": 2 },
            "forecastBefore": { "tasksPerDay": 2.0, "vaultBytes": "1073741824", "snapshotBytes": "0", "costUsdPerMonth": 1.5 },
            "forecastAfter": { "tasksPerDay": 0.0, "vaultBytes": "0", "snapshotBytes": "0", "costUsdPerMonth": 0.0 },
        });
        let text = shown(&value);
        for line in [
            "+ policy Gold\n",
            "~ rule tagged\n    condition.any_tag.0: a -> nothing\n    ... and 1 more differences\n",
            "  ... and 1 more changes\n",
            "Assets: 0 gain a policy, 3 lose theirs, 0 get another\n",
            "  - or\u{fffd}[31mders (vol-1): Gold (rule tagged) -> nothing\n",
            "  ... and 2 more assets\n",
            "Recovery points: 2 would expire earlier",
            "Forecast: 2.0 -> 0.0 tasks a day\n",
            "1.50 -> 0.00 USD a month",
        ] {
            assert!(text.contains(line), "{line:?} in {text}");
        }
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn a_problem_names_file_and_place() {
        let value =
            json!({ "message": "No.", "field": ["input", "draft", "rules", "0", "policy"] });
        assert_eq!(problem("x.yaml", &value), "x.yaml: rules.0.policy: No.");
        let value = json!({ "message": "No.", "field": ["input"] });
        assert_eq!(problem("x.yaml", &value), "x.yaml: No.");
    }
}
