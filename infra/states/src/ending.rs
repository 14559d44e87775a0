//! The end of an execution, and the EventBridge event that tells of it.

use crate::arn::REGION;
use crate::clock;
use crate::failure::Failure;
use crate::record::{Execution, Status};
use jiff::Timestamp;
use serde_json::{Value, json};

/// EventBridge leaves out what would make the event too large.
const MOST_EVENT_BYTES: usize = 248 * 1024;

impl Execution {
    pub(crate) fn ended(
        self,
        status: Status,
        output: Option<String>,
        failure: Option<Failure>,
    ) -> Self {
        // StopExecution without error or cause, and a time-out without a cause, leave them out.
        let text = |text: &String| (!text.is_empty()).then(|| text.clone());
        Self {
            status,
            stop_ms: Some(clock::now_ms()),
            output,
            error: failure.as_ref().and_then(|failure| text(&failure.error)),
            cause: failure.as_ref().and_then(|failure| text(&failure.cause)),
            ..self
        }
    }

    /// The event "Step Functions Execution Status Change" (Step Functions developer guide,
    /// EventBridge payloads). Its id is the same each time it is delivered.
    pub(crate) fn status_change(&self) -> Value {
        let stop = self
            .stop_ms
            .and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let account = self.arn.split(':').nth(4);
        json!({
            "version": "0",
            "id": format!("{}/{}", self.arn, self.status.name()),
            "detail-type": "Step Functions Execution Status Change",
            "source": "aws.states",
            "account": account,
            "time": stop.map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
            "region": REGION,
            "resources": [self.arn],
            "detail": self.detail(),
        })
    }

    fn detail(&self) -> Value {
        // The service drops the output only if it alone is too large, and the input where both do
        // not fit.
        let output = self
            .output
            .as_ref()
            .filter(|text| text.len() <= MOST_EVENT_BYTES);
        let room = MOST_EVENT_BYTES - output.map_or(0, String::len);
        let input = Some(&self.input).filter(|text| text.len() <= room);
        json!({
            "executionArn": self.arn,
            "stateMachineArn": self.machine_arn,
            "name": self.name,
            "status": self.status.name(),
            // Milliseconds in the event, while the API answers seconds.
            "startDate": self.start_ms,
            "stopDate": self.stop_ms,
            "input": input,
            "inputDetails": {"included": input.is_some()},
            "output": output,
            "outputDetails": self.output.as_ref().map(|_| json!({"included": output.is_some()})),
            "error": self.error,
            "cause": self.cause,
        })
    }
}
