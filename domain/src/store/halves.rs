//! A batch that the store refuses as a whole, so that what it refuses stands alone.

use std::future::Future;

use crate::shared::StoreError;

/// Does requests `together`. When the store refuses them, they are done in halves, until what it refuses stands alone
/// and becomes what `failed` makes of it. The outcomes come in the order of the requests.
pub async fn in_halves<'requests, R, T, Part>(
    requests: &'requests [R],
    together: impl Fn(&'requests [R]) -> Part,
    failed: impl Fn(StoreError) -> T,
) -> Vec<T>
where
    Part: Future<Output = Result<Vec<T>, StoreError>>,
{
    let mut outcomes = Vec::with_capacity(requests.len());
    let mut waiting = vec![requests];
    while let Some(some) = waiting.pop() {
        match together(some).await {
            Ok(done) => outcomes.extend(done),
            // Any other failure would be that of each half too.
            Err(StoreError::Refused(_) | StoreError::Inconsistent(_)) if some.len() > 1 => {
                let (first, second) = some.split_at(some.len() / 2);
                waiting.extend([second, first]);
            }
            Err(failure) => outcomes.extend(some.iter().map(|_| failed(failure.clone()))),
        }
    }
    outcomes
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::in_halves;
    use crate::shared::StoreError;

    /// Does numbers by doubling them, all but what the store fails with.
    async fn double(failing: i32, failure: &StoreError) -> (Vec<Result<i32, ()>>, Vec<usize>) {
        let parts = Mutex::new(Vec::new());
        let together = |some: &[i32]| {
            parts.lock().unwrap().push(some.len());
            let outcome = if some.contains(&failing) {
                Err(failure.clone())
            } else {
                Ok(some.iter().map(|number| Ok(number * 2)).collect())
            };
            async { outcome }
        };
        let outcomes = in_halves(&[0, 1, 2, 3, 4, 5], together, |_| Err(())).await;
        (outcomes, parts.into_inner().unwrap())
    }

    #[tokio::test]
    async fn what_is_refused_stands_alone_in_the_end_and_the_order_stays() {
        let (outcomes, parts) = double(3, &StoreError::inconsistent("the fourth")).await;
        assert_eq!(outcomes, [Ok(0), Ok(2), Ok(4), Err(()), Ok(8), Ok(10)]);
        assert_eq!(parts, [6, 3, 3, 1, 2]);
    }

    #[tokio::test]
    async fn a_store_that_is_busy_is_so_for_each_half() {
        let (outcomes, parts) = double(3, &StoreError::Busy).await;
        assert_eq!(outcomes, [Err(()); 6]);
        assert_eq!(parts, [6]);
    }
}
