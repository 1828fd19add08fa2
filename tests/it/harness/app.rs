//! The application within the test process, built as the program builds it.

use std::collections::BTreeMap;
use std::sync::Arc;

use boxoffice::app::App;
use boxoffice::services::Modules;
use boxoffice::settings::{Settings, Sources};
use boxoffice_adapters::system::SystemClock;
use boxoffice_domain::shared::{Causes, Clock};
use boxoffice_domain::users::RegisterUser;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::client::Base;
use super::shop::{ADMIN, PASSWORD, Shop, email};
use super::{DatabaseKind, TestDatabase};

/// The application within the test process. End it with [`TestApp::finish`], which also verifies the stored data.
pub(crate) struct TestApp {
    /// Clients and helpers for this application.
    pub(crate) shop: Shop,
    /// The use cases over its database, for what no client can request.
    pub(crate) modules: Modules,
    stop: CancellationToken,
    running: JoinHandle<()>,
    database: TestDatabase,
}

impl TestApp {
    /// Starts the application on an empty database.
    pub(crate) async fn start(kind: DatabaseKind) -> Self {
        Self::start_with(kind, &[]).await
    }

    /// Starts the application on an empty database with additional settings, such as `("BOOKINGS__HOLD_SECONDS", "1")`.
    pub(crate) async fn start_with(kind: DatabaseKind, settings: &[(&str, &str)]) -> Self {
        let database = TestDatabase::create(kind).await;
        Self::start_on(database, settings).await
    }

    /// Starts the application on a database.
    pub(crate) async fn start_on(database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        let Instance { shop, modules, stop, running } = Instance::start(&database, settings).await;
        let admin = RegisterUser { username: ADMIN.into(), email: email(ADMIN), password: PASSWORD.into() };
        modules.users.accounts.create_admin(admin).await.expect("the admin");
        Self { shop, modules, stop, running, database }
    }

    /// Starts another instance on the same database.
    pub(crate) async fn another_instance(&self) -> Instance {
        Instance::start(&self.database, &[]).await
    }

    /// The use cases over the same database, with another clock.
    pub(crate) fn modules_by(&self, clock: Arc<dyn Clock>) -> Modules {
        let sources = Sources { folder: None, variables: variables(&self.database, &[]) };
        let settings = Settings::load_checked(&sources).expect("settings for a test");
        Modules::over(&settings, self.modules.shared.database.clone(), clock).expect("the use cases")
    }

    /// Runs a statement on its database, for what no client can do.
    pub(crate) async fn run_sql(&self, statement: &str) {
        self.database.run_sql(statement).await;
    }

    /// Fails if an invariant is violated.
    pub(crate) async fn audit(&self) {
        let reports = self.modules.maintenance.maintenance.audit().await.expect("the audit reads everything");
        let broken: Vec<_> = reports.iter().filter(|report| report.violations > 0).collect();
        assert!(broken.is_empty(), "{broken:#?}");
    }

    /// Verifies the stored data and stops the application.
    pub(crate) async fn finish(self) {
        self.audit().await;
        self.stop().await;
    }

    /// Stops the application and returns its database.
    pub(crate) async fn stop(self) -> TestDatabase {
        self.stop.cancel();
        self.running.await.expect("it stops");
        self.database
    }
}

/// One of several applications on the same database.
pub(crate) struct Instance {
    /// Clients and helpers for this application.
    pub(crate) shop: Shop,
    modules: Modules,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

impl Instance {
    /// Starts an application on a database.
    pub(crate) async fn start(database: &TestDatabase, settings: &[(&str, &str)]) -> Self {
        let variables = variables(database, settings);
        let settings = Settings::load_checked(&Sources { folder: None, variables }).expect("settings for a test");
        let app = match App::build(&settings).await {
            Ok(app) => app,
            Err(error) => panic!("the application does not start: {}", Causes(&error)),
        };
        let modules = Modules::over(&settings, app.database().clone(), Arc::new(SystemClock)).expect("the use cases");
        let shop = Shop { api: Base::default(), admin_port: Base::default() };
        shop.api.move_to(format!("http://{}", app.addresses().http));
        shop.admin_port.move_to(format!("http://{}", app.addresses().admin));
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let running = tokio::spawn(async move { app.run_until_stopped(stopped).await.expect("an orderly shutdown") });
        shop.until_ready().await;
        Self { shop, modules, stop, running }
    }

    /// Stops the application.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.running.await.expect("it stops");
    }
}

/// The environment variables of a program under test.
pub(super) fn variables(database: &TestDatabase, settings: &[(&str, &str)]) -> BTreeMap<String, String> {
    let fixed = [("DATABASE__URL", database.url()), ("AUTH__SIGNING_KEY", "only tests are signed with this key")];
    let named = fixed.iter().chain(settings).map(|(key, value)| (format!("BOXOFFICE__{key}"), (*value).to_owned()));
    let environment = ("BOXOFFICE_ENV".to_owned(), "test".to_owned());
    named.chain([environment]).collect()
}
