//! The payment gateways in use.

use std::collections::HashSet;
use std::sync::Arc;

use super::PaymentGateway;

/// The payment gateways in use. A new payment goes to the one that accepts its method; everything later about a payment
/// goes to the one that charged it.
#[derive(Clone)]
pub struct PaymentGateways(Vec<Arc<dyn PaymentGateway>>);

/// Two gateways share a name or a payment method.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("two payment gateways are called {0}, or accept the method {0}")]
pub struct AmbiguousGateways(pub &'static str);

impl PaymentGateways {
    /// Combines gateways, in the order in which customers are offered their methods.
    ///
    /// # Errors
    /// [`AmbiguousGateways`] with the name or method that occurs twice.
    pub fn new(gateways: Vec<Arc<dyn PaymentGateway>>) -> Result<Self, AmbiguousGateways> {
        let mut names = HashSet::new();
        let mut methods = HashSet::new();
        for gateway in &gateways {
            if !names.insert(gateway.name()) {
                return Err(AmbiguousGateways(gateway.name()));
            }
            if let Some(method) = gateway.methods().iter().find(|method| !methods.insert(**method)) {
                return Err(AmbiguousGateways(method));
            }
        }
        Ok(Self(gateways))
    }

    /// One gateway alone.
    pub fn only(gateway: Arc<dyn PaymentGateway>) -> Self {
        Self(vec![gateway])
    }

    /// Every gateway.
    pub fn all(&self) -> &[Arc<dyn PaymentGateway>] {
        &self.0
    }

    /// The gateway with this name; `None` when it is not in use.
    pub fn named(&self, name: &str) -> Option<&dyn PaymentGateway> {
        self.0.iter().find(|gateway| gateway.name() == name).map(AsRef::as_ref)
    }

    /// The gateway that accepts this payment method.
    pub fn accepting(&self, method: &str) -> Option<&dyn PaymentGateway> {
        self.0.iter().find(|gateway| gateway.methods().contains(&method)).map(AsRef::as_ref)
    }

    /// The payment methods of all gateways.
    pub fn methods(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().flat_map(|gateway| gateway.methods()).copied()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{AmbiguousGateways, PaymentGateways};
    use crate::payments::{MockPaymentGateway, PaymentGateway};

    fn gateway(name: &'static str, methods: &'static [&'static str]) -> Arc<dyn PaymentGateway> {
        let mut gateway = MockPaymentGateway::new();
        gateway.expect_name().return_const(name);
        gateway.expect_methods().return_const(methods);
        Arc::new(gateway)
    }

    #[test]
    fn a_gateway_is_found_by_its_name_and_by_its_methods() {
        let gateways = PaymentGateways::new(vec![gateway("a", &["card", "qr"]), gateway("b", &["transfer"])]).unwrap();
        assert_eq!(gateways.methods().collect::<Vec<_>>(), ["card", "qr", "transfer"]);
        assert_eq!(gateways.named("b").unwrap().name(), "b");
        assert_eq!(gateways.accepting("qr").unwrap().name(), "a");
        assert_eq!(gateways.accepting("transfer").unwrap().name(), "b");
        assert!(gateways.named("card").is_none() && gateways.accepting("a").is_none());
    }

    #[test]
    fn names_and_methods_are_unique() {
        for (second, shared) in [(gateway("a", &["qr"]), "a"), (gateway("b", &["qr", "card"]), "card")] {
            let refused = PaymentGateways::new(vec![gateway("a", &["card"]), second]);
            assert_eq!(refused.err(), Some(AmbiguousGateways(shared)));
        }
    }
}
