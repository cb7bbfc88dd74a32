//! Audit logs as files.
//!
//! Not for who may export one (`app`, or whoever is at the machine). Invariant: a line of the JSON form is what the hash covers;
//! no cell of the CSV form is a formula.

use std::io::Write;

use domain::audit::Recorded;
use domain::audit::chain::{Entry, time};
use domain::task::Actor;

/// Columns of the CSV form.
const COLUMNS: [&str; 12] = [
    "sequence",
    "occurred_at",
    "actor",
    "interface",
    "address",
    "action",
    "target",
    "outcome",
    "summary",
    "request_id",
    "id",
    "hash",
];

/// Writes events as lines of JSON.
pub(crate) fn write_json(out: &mut impl Write, events: &[Recorded]) -> std::io::Result<()> {
    for event in events {
        writeln!(out, "{}", Entry::from(event).to_line())?;
    }
    Ok(())
}

/// Writes events as CSV, the heading before the first ones.
pub(crate) fn write_csv(
    out: &mut impl Write,
    events: &[Recorded],
    with_heading: bool,
) -> Result<(), csv::Error> {
    let mut csv = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(out);
    if with_heading {
        csv.write_record(COLUMNS)?;
    }
    for event in events {
        let actor = match event.actor {
            Actor::User(id) => id.to_string(),
            Actor::ServiceToken(id) => id.to_string(),
            Actor::System => "system".to_owned(),
        };
        let cells = [
            event.sequence.to_string(),
            time(event.occurred_at),
            actor,
            event.interface.name().to_owned(),
            event.address.clone().unwrap_or_default(),
            event.action.clone(),
            event.target.clone().unwrap_or_default(),
            event.outcome.name().to_owned(),
            event.summary.to_string(),
            event.request_id.clone(),
            event.id.to_string(),
            event.hash.to_string(),
        ];
        csv.write_record(cells.map(|cell| neutral(&cell)))?;
    }
    csv.flush()?;
    Ok(())
}

/// The cell with a quote before what a spreadsheet would take for a formula (OWASP, CSV injection).
fn neutral(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use domain::audit::{AuditEvent, Hash, Interface, Outcome, chain};
    use domain::{AuditEventId, OrganizationId};

    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_lines_read_back() {
        let event = AuditEvent {
            id: AuditEventId::from_uuid(uuid::Uuid::nil()),
            organization_id: OrganizationId::from_uuid(uuid::Uuid::nil()),
            occurred_at: jiff::Timestamp::UNIX_EPOCH,
            actor: Actor::System,
            interface: Interface::Cli,
            action: "=HYPERLINK(\"x\")".to_owned(),
            target: Some("@SUM(1)".to_owned()),
            outcome: Outcome::Success,
            summary: serde_json::json!({ "name": "a,\"b\"" }),
            address: Some("+1".to_owned()),
            request_id: "-2".to_owned(),
        };
        let events = [chain::extend(event, 0, Hash::START)];
        let mut out = Vec::new();
        write_csv(&mut out, &events, true).unwrap();
        let mut read = csv::Reader::from_reader(out.as_slice());
        let row = read.records().next().unwrap().unwrap();
        assert_eq!(read.headers().unwrap(), COLUMNS.as_slice());
        for cell in &row {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
        }
        assert_eq!(row.get(5), Some("'=HYPERLINK(\"x\")"));
        let mut out = Vec::new();
        write_json(&mut out, &events).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            Entry::from_line(text.trim_end()),
            Some(Entry::from(&events[0]))
        );
    }
}
