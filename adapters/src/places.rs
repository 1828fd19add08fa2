//! A bounded number of places, of which one address can take only its share.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// However few places are left, an address may have as many: the phones and computers of a household.
const SHARE_MIN: usize = 16;

/// Places for connections or watchers.
///
/// An address may take as many as are still free, and never more than its own bound. So one address that takes all it
/// gets leaves half of the places to others, two leave a third, and when nearly all are taken those that have few are
/// still let in.
#[derive(Debug)]
pub(crate) struct Places {
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

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoPlace {
    /// All are taken.
    Full,
    /// The address has its share.
    ShareTaken,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    address: Option<IpAddr>,
}

impl Places {
    /// So many places, of which one address gets at most `of_an_address`.
    pub(crate) fn new(total: usize, of_an_address: usize) -> Arc<Self> {
        Arc::new(Self { total, of_an_address, taken: Mutex::default(), freed: Notify::new() })
    }

    /// The same number of places, none of which is taken yet, with another bound for an address.
    pub(crate) fn with_share(&self, of_an_address: usize) -> Arc<Self> {
        Self::new(self.total, of_an_address)
    }

    /// How many are taken.
    pub(crate) fn taken(&self) -> usize {
        self.lock().count
    }

    /// Takes a place for an address; `None` stands for one that may take any number, such as a proxy.
    ///
    /// # Errors
    /// There is none, or none for this address.
    pub(crate) fn take(self: &Arc<Self>, address: Option<IpAddr>) -> Result<Place, NoPlace> {
        let mut taken = self.lock();
        let free = self.free(&taken)?;
        let own = address.and_then(|address| taken.by_address.get(&address)).copied().unwrap_or(0);
        if address.is_some() && own >= self.of_an_address.min(free.max(SHARE_MIN)) {
            return Err(NoPlace::ShareTaken);
        }
        Ok(self.grant(&mut taken, address))
    }

    /// Takes a place for an address that has its share and is about to give one back.
    ///
    /// # Errors
    /// There is none at all.
    pub(crate) fn take_in_exchange(self: &Arc<Self>, address: IpAddr) -> Result<Place, NoPlace> {
        let mut taken = self.lock();
        self.free(&taken)?;
        Ok(self.grant(&mut taken, Some(address)))
    }

    fn free(&self, taken: &Taken) -> Result<usize, NoPlace> {
        self.total.checked_sub(taken.count).filter(|free| *free > 0).ok_or(NoPlace::Full)
    }

    fn grant(self: &Arc<Self>, taken: &mut Taken, address: Option<IpAddr>) -> Place {
        taken.count += 1;
        if let Some(address) = address {
            *taken.by_address.entry(address).or_default() += 1;
        }
        Place { places: Arc::clone(self), address }
    }

    /// Waits until a place was given back, at this moment or since the last wait.
    pub(crate) async fn freed(&self) {
        self.freed.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
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
        self.places.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::Arc;

    use super::{NoPlace, Place, Places, SHARE_MIN};

    const ONE: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
    const OTHER: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)));

    /// All that an address gets.
    fn take_all(places: &Arc<Places>, address: Option<IpAddr>) -> (Vec<Place>, NoPlace) {
        let mut all = Vec::new();
        loop {
            match places.take(address) {
                Ok(place) => all.push(place),
                Err(reason) => return (all, reason),
            }
        }
    }

    #[test]
    fn an_address_takes_as_many_as_it_leaves() {
        let places = Places::new(1_000, 1_000);
        let (first, reason) = take_all(&places, ONE);
        assert_eq!((first.len(), reason), (500, NoPlace::ShareTaken));
        let (second, _) = take_all(&places, OTHER);
        assert_eq!(second.len(), 250);
        drop(first);
        assert_eq!(take_all(&places, OTHER).0.len(), 250, "more, once the other one has gone");
    }

    #[test]
    fn an_address_has_a_bound_of_its_own_and_a_proxy_has_none() {
        let places = Places::new(1_000, 100);
        let (bounded, reason) = take_all(&places, ONE);
        assert_eq!((bounded.len(), reason), (100, NoPlace::ShareTaken));
        let (rest, reason) = take_all(&places, None);
        assert_eq!((rest.len(), reason), (900, NoPlace::Full));
    }

    #[test]
    fn the_last_places_go_to_addresses_that_have_few() {
        let places = Places::new(SHARE_MIN, 1_000);
        let (all, reason) = take_all(&places, ONE);
        assert_eq!((all.len(), reason), (SHARE_MIN, NoPlace::Full));
        assert_eq!(places.take(OTHER).unwrap_err(), NoPlace::Full);
        drop(all);
        assert_eq!(places.taken(), 0);
    }

    #[test]
    fn a_place_is_given_in_exchange_for_one_that_is_about_to_be_given_back() {
        let places = Places::new(1_000, 20);
        let (mut own, _) = take_all(&places, ONE);
        own.push(places.take_in_exchange(ONE.unwrap()).unwrap());
        drop(own);
        assert!(places.lock().by_address.is_empty());
    }
}
