//! The services of the program as processes of their own, on one database.

use super::app::variables;
use super::client::{Base, Client};
use super::process::{Process, audit, prepare};
use super::shop::Shop;
use super::{DatabaseKind, TestDatabase};

/// The guide for operators, whose table says which paths go to which service.
const OPERATIONS: &str = include_str!("../../../docs/OPERATIONS.md");

/// Several processes of the program, each with some of its services, behind a router as the documents describe it.
pub(crate) struct ServicesApart {
    /// Clients whose requests are routed by their path.
    pub(crate) shop: Shop,
    /// The processes, in the order in which they were asked for.
    pub(crate) processes: Vec<ServiceProcess>,
    variables: Vec<(String, String)>,
    _database: TestDatabase,
}

/// One of the processes.
pub(crate) struct ServiceProcess {
    /// Its services, as on the command line.
    pub(crate) services: String,
    /// Clients and helpers for this process alone.
    pub(crate) shop: Shop,
    process: Process,
}

impl ServicesApart {
    /// Starts a process for each list of services, such as `payments,worker`.
    pub(crate) async fn start(kind: DatabaseKind, split: &[&str], settings: &[(&str, &str)]) -> Self {
        let database = TestDatabase::create(kind).await;
        let variables: Vec<_> = variables(&database, settings).into_iter().collect();
        prepare(&variables).await;
        let mut processes = Vec::new();
        for services in split {
            processes.push(ServiceProcess::start(&variables, services).await);
        }
        let shop = Shop { api: Base::default(), admin_port: Base::default() };
        for (prefix, service) in routes() {
            let process = processes.iter().find(|process| process.serves(&service)).expect("every service runs");
            shop.api.route(&prefix, process.shop.api.url(""));
        }
        Self { shop, processes, variables, _database: database }
    }

    /// The process that runs a service.
    pub(crate) fn process_of(&self, service: &str) -> &ServiceProcess {
        self.processes.iter().find(|process| process.serves(service)).expect("every service runs")
    }

    /// Verifies the stored data and stops the processes.
    pub(crate) async fn finish(self) {
        audit(&self.variables).await;
        for mut process in self.processes {
            assert!(process.process.terminate().await, "{}", process.process.log());
        }
    }
}

impl ServiceProcess {
    async fn start(variables: &[(String, String)], services: &str) -> Self {
        let mut process = Process::spawn(variables.to_vec(), &["serve", "--only", services]);
        let (api, admin_port) = process.addresses().await;
        let shop = Shop { api: Base::default(), admin_port: Base::default() };
        shop.api.move_to(api);
        shop.admin_port.move_to(admin_port);
        shop.until_ready().await;
        Self { services: services.to_owned(), shop, process }
    }

    pub(crate) fn serves(&self, service: &str) -> bool {
        self.services.split(',').any(|name| name == service)
    }

    /// A client with the session of another one, whose requests all go to this process.
    pub(crate) fn client_of(&self, client: &Client) -> Client {
        self.shop.anonymous().logged_in(&client.id, &client.token)
    }
}

/// The beginnings of paths with the service of each, as the guide for operators lists them.
pub(crate) fn routes() -> Vec<(String, String)> {
    let rows = OPERATIONS.lines().filter(|line| line.starts_with("| `/"));
    let mut routes = Vec::new();
    for row in rows {
        let mut columns = row.trim_matches('|').split('|').map(quoted);
        let (paths, services) = (columns.next().expect("paths"), columns.next().expect("a service"));
        routes.extend(paths.into_iter().map(|path| (path, services[0].clone())));
    }
    assert!(routes.iter().any(|(path, _)| path == "/"), "the guide has a table of paths");
    routes
}

/// The parts of a text between backticks.
fn quoted(column: &str) -> Vec<String> {
    column.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
