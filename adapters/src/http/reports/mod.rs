//! Sales reports for organisers: figures and exports.

mod api;
mod csv;
mod dto;
mod export_file;
mod problem;

pub(crate) use api::ReportsApi;
