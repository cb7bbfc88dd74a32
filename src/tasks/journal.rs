//! The one pen of a worker: writes of all its attempts, many in one transaction.
//!
//! Not for reading. Invariant: a write is answered only after its commit, and each is a compare-and-set of its own, so that one
//! that is refused takes no other with it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::task::{TaskStatus, TaskStep};
use domain::{Clock, TaskId};
use store::Store;
use store::tasks::queue::{Change, Fence, system_change, system_states};
use tokio::sync::{mpsc, oneshot};

/// Writes in one transaction.
const BATCH: usize = 256;
/// How often a transaction that a busy or absent database refused is tried again, each time after twice the pause.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(50);

/// Why a write was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The lease is not the attempt's any more.
    Lost,
    /// The task was told to stop, or something else changed its status.
    Aborting,
    /// The database did not take it.
    Database,
}

/// One write: a change of the task, and rows of its steps.
#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) fence: Fence,
    pub(crate) from: &'static [TaskStatus],
    pub(crate) change: Change,
    pub(crate) steps: Vec<TaskStep>,
}

type Entry = (Write, oneshot::Sender<Result<(), Refusal>>);

/// Handle of the pen; clones write through the same one.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    entries: mpsc::Sender<Entry>,
}

impl Journal {
    /// The handle, and what [`run`] reads from.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Entry>) {
        let (entries, receiver) = mpsc::channel(BATCH);
        (Self { entries }, receiver)
    }

    /// Writes, and answers after the commit.
    pub(crate) async fn write(&self, write: Write) -> Result<(), Refusal> {
        let (reply, answer) = oneshot::channel();
        if self.entries.send((write, reply)).await.is_err() {
            return Err(Refusal::Database);
        }
        answer.await.unwrap_or(Err(Refusal::Database))
    }
}

/// Writes until all handles are gone.
pub(crate) async fn run(store: Store, clock: Arc<dyn Clock>, mut entries: mpsc::Receiver<Entry>) {
    let mut batch: Vec<Entry> = Vec::with_capacity(BATCH);
    while entries.recv_many(&mut batch, BATCH).await > 0 {
        let (writes, replies): (Vec<Write>, Vec<_>) = batch.drain(..).unzip();
        let answers = match write_batch(&store, &*clock, &writes).await {
            Ok(answers) => answers,
            Err(error) => {
                tracing::warn!(%error, "a batch of task changes was refused, writing one by one");
                one_by_one(&store, &*clock, &writes).await
            }
        };
        for (reply, answer) in replies.into_iter().zip(answers) {
            // An attempt that was dropped meanwhile does not want to know.
            let _ = reply.send(answer);
        }
    }
}

async fn one_by_one(
    store: &Store,
    clock: &dyn Clock,
    writes: &[Write],
) -> Vec<Result<(), Refusal>> {
    let mut answers = Vec::with_capacity(writes.len());
    for write in writes {
        let alone = write_batch(store, clock, std::slice::from_ref(write)).await;
        answers.push(match alone {
            Ok(mut answer) => answer.pop().unwrap_or(Err(Refusal::Database)),
            Err(error) => {
                let task = write.fence.task_id;
                tracing::error!(%error, %task, "a change of a task could not be written");
                Err(Refusal::Database)
            }
        });
    }
    answers
}

async fn write_batch(
    store: &Store,
    clock: &dyn Clock,
    writes: &[Write],
) -> Result<Vec<Result<(), Refusal>>, store::Error> {
    let mut pause = PAUSE;
    for _try in 1..TRIES {
        match try_batch(store, clock, writes).await {
            Err(error) if error.is_transient() => {
                tracing::debug!(%error, "task changes wait for the database");
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            outcome => return outcome,
        }
    }
    try_batch(store, clock, writes).await
}

async fn try_batch(
    store: &Store,
    clock: &dyn Clock,
    writes: &[Write],
) -> Result<Vec<Result<(), Refusal>>, store::Error> {
    let now = clock.now();
    let mut tx = store.begin().await?;
    let mut accepted = vec![false; writes.len()];
    for group in groups(writes) {
        let fences: Vec<Fence> = group.iter().map(|(_, write)| write.fence).collect();
        let Some((_, first)) = group.first() else {
            continue;
        };
        let changed = system_change(&mut tx, &fences, first.from, &first.change, now).await?;
        for (index, write) in &group {
            if let Some(accepted) = accepted.get_mut(*index) {
                *accepted = changed.contains(&write.fence.task_id);
            }
        }
    }
    let is_accepted = |(index, write): (usize, &Write)| {
        accepted
            .get(index)
            .copied()
            .unwrap_or(false)
            .then(|| write.steps.clone())
    };
    let steps: Vec<TaskStep> = writes
        .iter()
        .enumerate()
        .filter_map(is_accepted)
        .flatten()
        .collect();
    if !steps.is_empty() {
        store::task_steps::system_put(&mut tx, &steps).await?;
    }
    let refused = |(write, accepted): (&Write, &bool)| (!accepted).then_some(write.fence.task_id);
    let refused: Vec<TaskId> = writes.iter().zip(&accepted).filter_map(refused).collect();
    let states = if refused.is_empty() {
        BTreeMap::new()
    } else {
        system_states(&tx, &refused).await?
    };
    tx.commit().await?;
    let answer = |(write, accepted): (&Write, bool)| {
        if accepted {
            return Ok(());
        }
        match states.get(&write.fence.task_id) {
            Some((attempt, _, true)) if *attempt == write.fence.attempt => Err(Refusal::Aborting),
            _ => Err(Refusal::Lost),
        }
    };
    Ok(writes.iter().zip(accepted).map(answer).collect())
}

/// Writes that make the same change, together.
fn groups(writes: &[Write]) -> Vec<Vec<(usize, &Write)>> {
    let mut groups: Vec<Vec<(usize, &Write)>> = Vec::new();
    for (index, write) in writes.iter().enumerate() {
        let same = groups.iter_mut().find(|group| {
            group
                .first()
                .is_some_and(|(_, first)| first.from == write.from && first.change == write.change)
        });
        match same {
            Some(group) => group.push((index, write)),
            None => groups.push(vec![(index, write)]),
        }
    }
    groups
}
