//! A bounded number of permits, of which one client address can take only a share.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// However few permits are free, an address may hold this many, within its own limit: the devices of a household.
const SHARE_MIN: usize = 16;

/// A quota of permits for connections or for subscribers of live events.
///
/// An address may take as many permits as are still free, and never more than its own limit. So one address that takes
/// all it can get leaves half of the permits to others, two leave a third, and when nearly all are taken, addresses
/// that hold few are still admitted.
#[derive(Debug)]
pub(crate) struct AddressQuota {
    total: usize,
    of_an_address: usize,
    taken: Mutex<Taken>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct Taken {
    count: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Why no permit is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QuotaExceeded {
    /// All permits are taken.
    Full,
    /// The address has its share.
    ShareTaken,
}

/// One permit. Dropping it returns it to the quota.
#[derive(Debug)]
pub(crate) struct QuotaPermit {
    address_quota: Arc<AddressQuota>,
    address: Option<IpAddr>,
}

impl AddressQuota {
    /// `total` permits, of which one address gets at most `of_an_address`.
    pub(crate) fn new(total: usize, of_an_address: usize) -> Arc<Self> {
        Arc::new(Self { total, of_an_address, taken: Mutex::default(), freed: Notify::new() })
    }

    /// A new quota with the same total and another limit for an address.
    pub(crate) fn with_share(&self, of_an_address: usize) -> Arc<Self> {
        Self::new(self.total, of_an_address)
    }

    /// The number of permits taken.
    pub(crate) fn taken(&self) -> usize {
        self.lock().count
    }

    /// Takes a permit for `address`. `None` is exempt from the limit for an address, for example a trusted proxy.
    ///
    /// # Errors
    /// Returns [`QuotaExceeded`] when no permit is free, or the address has its share.
    pub(crate) fn take(self: &Arc<Self>, address: Option<IpAddr>) -> Result<QuotaPermit, QuotaExceeded> {
        let mut taken = self.lock();
        let free = self.free(&taken)?;
        let own = address.and_then(|address| taken.by_address.get(&address)).copied().unwrap_or(0);
        if address.is_some() && own >= self.of_an_address.min(free.max(SHARE_MIN)) {
            return Err(QuotaExceeded::ShareTaken);
        }
        Ok(self.grant(&mut taken, address))
    }

    /// Takes a permit for an address that has its share and is about to release one.
    ///
    /// # Errors
    /// Returns [`QuotaExceeded::Full`] when no permit is free at all.
    pub(crate) fn take_in_exchange(self: &Arc<Self>, address: IpAddr) -> Result<QuotaPermit, QuotaExceeded> {
        let mut taken = self.lock();
        self.free(&taken)?;
        Ok(self.grant(&mut taken, Some(address)))
    }

    fn free(&self, taken: &Taken) -> Result<usize, QuotaExceeded> {
        self.total.checked_sub(taken.count).filter(|free| *free > 0).ok_or(QuotaExceeded::Full)
    }

    fn grant(self: &Arc<Self>, taken: &mut Taken, address: Option<IpAddr>) -> QuotaPermit {
        taken.count += 1;
        if let Some(address) = address {
            *taken.by_address.entry(address).or_default() += 1;
        }
        QuotaPermit { address_quota: Arc::clone(self), address }
    }

    /// Waits until a permit is released, now or since the last wait.
    pub(crate) async fn freed(&self) {
        self.freed.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for QuotaPermit {
    fn drop(&mut self) {
        let mut taken = self.address_quota.lock();
        taken.count -= 1;
        if let Some(address) = self.address
            && let Some(own) = taken.by_address.get_mut(&address)
        {
            *own -= 1;
            if *own == 0 {
                taken.by_address.remove(&address);
            }
        }
        drop(taken);
        self.address_quota.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::Arc;

    use super::{AddressQuota, QuotaExceeded, QuotaPermit, SHARE_MIN};

    const ONE: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
    const OTHER: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)));

    /// Takes permits for `address` until one is refused.
    fn take_all(address_quota: &Arc<AddressQuota>, address: Option<IpAddr>) -> (Vec<QuotaPermit>, QuotaExceeded) {
        let mut all = Vec::new();
        loop {
            match address_quota.take(address) {
                Ok(permit) => all.push(permit),
                Err(reason) => return (all, reason),
            }
        }
    }

    #[test]
    fn an_address_takes_as_many_as_it_leaves() {
        let address_quota = AddressQuota::new(1_000, 1_000);
        let (first, reason) = take_all(&address_quota, ONE);
        assert_eq!((first.len(), reason), (500, QuotaExceeded::ShareTaken));
        let (second, _) = take_all(&address_quota, OTHER);
        assert_eq!(second.len(), 250);
        drop(first);
        assert_eq!(
            take_all(&address_quota, OTHER).0.len(),
            250,
            "more, once the other address has released its permits"
        );
    }

    #[test]
    fn an_address_is_limited_and_a_proxy_is_not() {
        let address_quota = AddressQuota::new(1_000, 100);
        let (bounded, reason) = take_all(&address_quota, ONE);
        assert_eq!((bounded.len(), reason), (100, QuotaExceeded::ShareTaken));
        let (rest, reason) = take_all(&address_quota, None);
        assert_eq!((rest.len(), reason), (900, QuotaExceeded::Full));
    }

    #[test]
    fn an_address_below_the_minimal_share_may_take_the_last_permits() {
        let address_quota = AddressQuota::new(SHARE_MIN, 1_000);
        let (all, reason) = take_all(&address_quota, ONE);
        assert_eq!((all.len(), reason), (SHARE_MIN, QuotaExceeded::Full));
        assert_eq!(address_quota.take(OTHER).unwrap_err(), QuotaExceeded::Full);
        drop(all);
        assert_eq!(address_quota.taken(), 0);
    }

    #[test]
    fn a_permit_is_granted_in_exchange_for_one_that_is_about_to_be_released() {
        let address_quota = AddressQuota::new(1_000, 20);
        let (mut own, _) = take_all(&address_quota, ONE);
        own.push(address_quota.take_in_exchange(ONE.unwrap()).unwrap());
        drop(own);
        assert!(address_quota.lock().by_address.is_empty());
    }
}
