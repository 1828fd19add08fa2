//! Test doubles and the storage contract suite.
