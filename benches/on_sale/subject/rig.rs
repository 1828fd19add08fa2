//! A running shop: database, program and users.

use std::time::Duration;

use super::shop::{CommitMode, Shop, audit};
use super::{Concert, Database, Hall, Kind, Meter, People};
use crate::Failure;
use crate::stage::Stage;

/// The period that counts as idle, and the processor time that it may take.
const QUIET_PERIOD: Duration = Duration::from_millis(400);
const QUIET_USE: Duration = Duration::from_millis(40);
/// Background work after a load is awaited for at most this time.
const QUIET_PATIENCE: Duration = Duration::from_secs(60);

/// A shop with its database and users.
pub(crate) struct Rig {
    /// The database.
    pub(crate) database: Database,
    /// Its processes: one, or several on the same database.
    pub(crate) shops: Vec<Shop>,
    /// Its users.
    pub(crate) people: People,
    database_process: Option<u32>,
}

impl Rig {
    /// Starts one process with fans and additional settings, such as `("BOOKINGS__HOLD_SECONDS", "30")`.
    pub(crate) async fn open(
        stage: &Stage,
        kind: Kind,
        mode: CommitMode,
        fans: usize,
        settings: &[(&str, &str)],
    ) -> Result<Self, Failure> {
        let database = Database::create(kind, &stage.server).await?;
        let mut rig = Self {
            database_process: database.server_process().await?,
            database,
            shops: Vec::new(),
            people: People::none(),
        };
        rig.add_shop(stage, mode, settings).await?;
        rig.people = People::register(&rig.database, fans).await?;
        rig.quiet().await?;
        Ok(rig)
    }

    /// Starts another process on the same database.
    pub(crate) async fn add_shop(
        &mut self,
        stage: &Stage,
        mode: CommitMode,
        settings: &[(&str, &str)],
    ) -> Result<(), Failure> {
        let mut settings = settings.to_vec();
        if stage.has_commit_modes {
            settings.push(("BOOKINGS__DESK", mode.name()));
        }
        self.shops.push(Shop::start(stage, &self.database, &settings).await?);
        Ok(())
    }

    /// The first process.
    pub(crate) fn shop(&self) -> Result<&Shop, Failure> {
        self.shops.first().ok_or_else(|| "the shop is closed".into())
    }

    /// Creates a concert on sale.
    pub(crate) async fn concert(&self, hall: Hall) -> Result<Concert, Failure> {
        Concert::put_on_sale(self.shop()?.http, &self.people.manager, hall).await
    }

    /// The processor time so far.
    pub(crate) fn meter(&self) -> Result<Meter, Failure> {
        let shops: Vec<u32> = self.shops.iter().map(|shop| shop.process).collect();
        Meter::read(&shops, self.database_process)
    }

    /// Waits until earlier background work has ended, such as the delivery of events.
    pub(crate) async fn quiet(&self) -> Result<(), Failure> {
        let begin = std::time::Instant::now();
        while begin.elapsed() < QUIET_PATIENCE {
            let before = self.meter()?;
            tokio::time::sleep(QUIET_PERIOD).await;
            let used = self.meter()?.since(before);
            if used.server + used.database <= QUIET_USE {
                break;
            }
        }
        Ok(())
    }

    /// `None` if the stored data is valid. Otherwise the output of `boxoffice audit`.
    pub(crate) async fn audit(&self, stage: &Stage) -> Result<Option<String>, Failure> {
        audit(stage, &self.database).await
    }

    /// Stops the processes.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        for shop in self.shops {
            shop.stop().await?;
        }
        Ok(())
    }
}
