//! The resource usage of processes on Linux.
#![expect(clippy::disallowed_methods, reason = "files are read between measurements, and no request waits")]

use std::time::Duration;

use crate::Failure;

/// Linux reports processor time to programs in hundredths of a second, independent of the kernel's configuration.
const TICK: Duration = Duration::from_millis(10);
/// The positions of user and system time in `/proc/…/stat`, counted after the name of the program.
const USER_TIME: usize = 11;
const SYSTEM_TIME: usize = 12;
const KIB_A_MIB: f64 = 1024.0;

/// The processor time of processes so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Meter {
    server: Duration,
    database: Duration,
}

/// The processor time between two readings.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    /// The server under test, user and system time.
    pub(crate) server: Duration,
    /// The database server. Zero for SQLite.
    pub(crate) database: Duration,
}

impl Meter {
    /// Reads the processor time.
    pub(crate) fn read(servers: &[u32], database: Option<u32>) -> Result<Self, Failure> {
        let server = servers.iter().try_fold(Duration::ZERO, |sum, process| Ok::<_, Failure>(sum + used(*process)?))?;
        Ok(Self { server, database: database.map(used).transpose()?.unwrap_or_default() })
    }

    /// The processor time since an earlier reading.
    pub(crate) fn since(self, earlier: Self) -> Usage {
        Usage {
            server: self.server.saturating_sub(earlier.server),
            database: self.database.saturating_sub(earlier.database),
        }
    }
}

fn used(process: u32) -> Result<Duration, Failure> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name may contain spaces and parentheses.
    let behind_name = stat.rsplit_once(") ").ok_or("no name in /proc/…/stat")?.1;
    let fields: Vec<&str> = behind_name.split(' ').collect();
    let ticks = |field: usize| fields.get(field).and_then(|text| text.parse::<u32>().ok()).ok_or("no time");
    Ok(TICK * ticks(USER_TIME)? + TICK * ticks(SYSTEM_TIME)?)
}

/// The current and the peak resident memory of a process, in MiB.
pub(crate) fn resident_mib(process: u32) -> Result<(f64, f64), Failure> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such field")?;
        let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok::<_, Failure>(kib / KIB_A_MIB)
    };
    Ok((field("VmRSS:")?, field("VmHWM:")?))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Meter, resident_mib};

    #[test]
    fn a_process_that_works_uses_time_and_memory() {
        let driver = std::process::id();
        let before = Meter::read(&[driver], None).unwrap();
        let mut spins = 0_u64;
        while Meter::read(&[driver], None).unwrap().since(before).server < Duration::from_millis(30) {
            spins = std::hint::black_box(spins + 1);
        }
        let (now, most) = resident_mib(driver).unwrap();
        assert!(0.0 < now && now <= most);
    }
}
