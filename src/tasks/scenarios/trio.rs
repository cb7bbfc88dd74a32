//! The trio on a workflow that keeps its effects in a list, and on ones that are wrong.

use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::json;

use super::flow::{Act, act, flow};
use super::house::House;
use crate::testing::{Case, Ending, trio};

type Things = Arc<Mutex<Vec<String>>>;

/// Makes one thing, named by its intent key; looks before it leaps when `careful`.
fn makes(name: &'static str, things: &Things, careful: bool) -> Act {
    let (making, unmaking) = (things.clone(), things.clone());
    act(name, move |cx| {
        let things = making.clone();
        async move {
            cx.check_lease()?;
            let key = cx.intent_key();
            let mut things = things.lock();
            if !careful || !things.contains(&key) {
                things.push(key.clone());
            }
            Ok(json!(key))
        }
    })
    .undoing(move |cx| {
        unmaking.lock().retain(|thing| *thing != cx.intent_key());
        Ok(())
    })
}

async fn case(careful: bool) -> Case<Things> {
    let house = House::all().await.pop().unwrap();
    let things = Things::default();
    let steps = vec![
        makes("one", &things, careful),
        makes("two", &things, careful),
    ];
    Case {
        task: house.task(),
        clock: Arc::new(house.clock),
        store: house.store,
        ids: house.ids,
        workflow: Arc::new(flow(steps)),
        world: things,
    }
}

async fn check(case: Case<Things>, _task: domain::task::Task, ending: Ending, label: String) {
    let things = case.world.lock().len();
    let expected = match ending {
        Ending::Done => 2,
        Ending::Undone => 0,
    };
    assert_eq!(things, expected, "{label}");
}

#[tokio::test]
async fn a_careful_workflow_passes() {
    trio(|| case(true), check).await;
}

#[tokio::test]
#[should_panic(expected = "at step one")]
async fn a_workflow_that_leaps_without_looking_is_found() {
    trio(|| case(false), check).await;
}
