//! How concerts sell, for their organisers: figures and files.

mod api;
mod csv;
mod dto;
mod export_file;
mod problem;

pub(crate) use api::ReportsApi;
