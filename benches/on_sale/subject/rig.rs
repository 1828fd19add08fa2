//! A shop that is open: database, program, people.

use std::time::Duration;

use super::shop::{Desk, Shop, audit};
use super::{Concert, Database, Hall, Kind, Meter, People};
use crate::Failure;
use crate::stage::Stage;

/// How long everything must be still to count as quiet, and how much of a processor that may take.
const QUIET_WINDOW: Duration = Duration::from_millis(400);
const QUIET_USE: Duration = Duration::from_millis(40);
/// Background work that takes longer than this after a load is not waited for.
const QUIET_PATIENCE: Duration = Duration::from_secs(60);

/// A shop with its database and people.
pub(crate) struct Rig {
    /// The database.
    pub(crate) database: Database,
    /// Its processes: one, or several on one database.
    pub(crate) shops: Vec<Shop>,
    /// Who may come.
    pub(crate) people: People,
    database_process: Option<u32>,
}

impl Rig {
    /// One process with so many fans and settings of its own, such as `("BOOKINGS__HOLD_SECONDS", "30")`.
    pub(crate) async fn open(
        stage: &Stage,
        kind: Kind,
        desk: Desk,
        fans: usize,
        settings: &[(&str, &str)],
    ) -> Result<Self, Failure> {
        let database = Database::create(kind, &stage.server).await?;
        let mut rig = Self {
            database_process: database.server_process().await?,
            database,
            shops: Vec::new(),
            people: People::nobody(),
        };
        rig.add_shop(stage, desk, settings).await?;
        rig.people = People::register(&rig.database, fans).await?;
        rig.quiet().await?;
        Ok(rig)
    }

    /// One more process on the same database.
    pub(crate) async fn add_shop(
        &mut self,
        stage: &Stage,
        desk: Desk,
        settings: &[(&str, &str)],
    ) -> Result<(), Failure> {
        let mut settings = settings.to_vec();
        if stage.has_desks {
            settings.push(("BOOKINGS__DESK", desk.name()));
        }
        self.shops.push(Shop::start(stage, &self.database, &settings).await?);
        Ok(())
    }

    /// Where the first process is.
    pub(crate) fn shop(&self) -> Result<&Shop, Failure> {
        self.shops.first().ok_or_else(|| "the shop is closed".into())
    }

    /// A concert on sale.
    pub(crate) async fn concert(&self, hall: Hall) -> Result<Concert, Failure> {
        Concert::put_on_sale(self.shop()?.http, &self.people.manager, hall).await
    }

    /// The processor time used until now.
    pub(crate) fn meter(&self) -> Result<Meter, Failure> {
        let shops: Vec<u32> = self.shops.iter().map(|shop| shop.process).collect();
        Meter::read(&shops, self.database_process)
    }

    /// Waits until background work of what came before has ended, such as events that are still delivered.
    pub(crate) async fn quiet(&self) -> Result<(), Failure> {
        let begin = std::time::Instant::now();
        while begin.elapsed() < QUIET_PATIENCE {
            let before = self.meter()?;
            tokio::time::sleep(QUIET_WINDOW).await;
            let used = self.meter()?.since(before);
            if used.server + used.database <= QUIET_USE {
                break;
            }
        }
        Ok(())
    }

    /// `None` when everything stored is sound, else what `boxoffice audit` says.
    pub(crate) async fn audit(&self, stage: &Stage) -> Result<Option<String>, Failure> {
        audit(stage, &self.database).await
    }

    /// Ends the processes.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        for shop in self.shops {
            shop.stop().await?;
        }
        Ok(())
    }
}
