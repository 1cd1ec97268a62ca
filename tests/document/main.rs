//! The public face: documents, transactions, views.

mod api;
mod values;
mod views;
mod units;
mod transactions;
mod changes;
mod refusals;
mod limits;
mod reconcile;
