//! Bisects a batch that the store rejects, to isolate the bad request.

use std::future::Future;

use crate::shared::StoreError;

/// Processes requests with `together`. When the store rejects them, processes each half, until each rejected request
/// stands alone; `failed` turns its error into an outcome. Returns the outcomes in the order of the requests.
pub async fn bisect_rejected<'requests, R, T, Part>(
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
            // Any other error would fail each half as well.
            Err(StoreError::Rejected(_) | StoreError::Inconsistent(_)) if some.len() > 1 => {
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

    use super::bisect_rejected;
    use crate::shared::StoreError;

    /// Processes numbers by doubling them. A batch that contains `failing` fails with `failure`.
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
        let outcomes = bisect_rejected(&[0, 1, 2, 3, 4, 5], together, |_| Err(())).await;
        (outcomes, parts.into_inner().unwrap())
    }

    #[tokio::test]
    async fn a_rejected_request_is_isolated_and_the_order_stays() {
        let (outcomes, parts) = double(3, &StoreError::inconsistent("the fourth")).await;
        assert_eq!(outcomes, [Ok(0), Ok(2), Ok(4), Err(()), Ok(8), Ok(10)]);
        assert_eq!(parts, [6, 3, 3, 1, 2]);
    }

    #[tokio::test]
    async fn a_batch_is_not_bisected_when_the_store_is_busy() {
        let (outcomes, parts) = double(3, &StoreError::Busy).await;
        assert_eq!(outcomes, [Err(()); 6]);
        assert_eq!(parts, [6]);
    }
}
