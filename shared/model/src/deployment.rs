//! What the place that the code runs in can do, whatever a tenant's settings say.

/// What a deployment has. A setting that asks for more is refused, and so is the
/// approval of a run that would need it (rules SET-4 and SET-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Whether mail can leave, to a provider or an outbox.
    pub mail: bool,
    /// Whether cards can be charged, by a provider or for a test.
    pub cards: bool,
    /// Whether a tenant may stand its clock: never where real people are billed.
    pub test_clock: bool,
}

impl Deployment {
    /// Nobody real is reached: mail goes to an outbox, cards are scripted.
    pub const LOCAL: Deployment = Deployment {
        mail: true,
        cards: true,
        test_clock: true,
    };
    /// In an account. No provider has an adapter yet (decision 8).
    pub const IN_AN_ACCOUNT: Deployment = Deployment {
        mail: false,
        cards: false,
        test_clock: false,
    };
}

/// Why nothing is mailed where no provider is.
pub const NO_MAIL: &str = "this deployment has no mail provider";
/// Why nothing is charged where no provider is.
pub const NO_CARDS: &str = "this deployment has no payment provider";
