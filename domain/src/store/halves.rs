//! A batch that the store refuses as a whole, so that what it refuses stands alone.

use std::ops::Range;

use crate::shared::StoreError;

/// The parts of a batch that are still to be done, in order: at first all of it.
#[derive(Debug)]
pub struct Halves {
    waiting: Vec<Range<usize>>,
}

impl Halves {
    /// A batch of so many requests.
    pub fn of(requests: usize) -> Self {
        let whole = 0..requests;
        Self { waiting: Vec::from([whole]) }
    }

    /// The next part.
    pub fn next_part(&mut self) -> Option<Range<usize>> {
        self.waiting.pop()
    }

    /// Whether a part that failed is to be done in halves, which come next. Only what the store refuses is: any other
    /// failure would be that of each half too.
    pub fn split(&mut self, part: &Range<usize>, failure: &StoreError) -> bool {
        let splits = matches!(failure, StoreError::Refused(_) | StoreError::Inconsistent(_)) && part.len() > 1;
        if splits {
            let middle = part.start + part.len() / 2;
            self.waiting.push(middle..part.end);
            self.waiting.push(part.start..middle);
        }
        splits
    }
}

#[cfg(test)]
mod tests {
    use super::Halves;
    use crate::shared::StoreError;

    #[test]
    fn what_is_refused_stands_alone_in_the_end_and_the_order_stays() {
        let refused = StoreError::inconsistent("the fourth");
        let mut halves = Halves::of(6);
        let mut done = Vec::new();
        let mut alone = Vec::new();
        while let Some(part) = halves.next_part() {
            match part.contains(&3) {
                true if halves.split(&part, &refused) => {}
                true => alone.push((part.start, part.end)),
                false => done.extend(part),
            }
        }
        assert_eq!((done, alone), (vec![0, 1, 2, 4, 5], vec![(3, 4)]));
    }

    #[test]
    fn a_store_that_is_busy_is_so_for_each_half() {
        let mut halves = Halves::of(2);
        let whole = halves.next_part().unwrap();
        assert!(!halves.split(&whole, &StoreError::Busy));
        assert_eq!(halves.next_part(), None);
    }
}
