//! Tests of SAML: an identity provider of our own, answers in the style of five real ones, and answers of attackers.
//!
//! Invariant: every hostile message is made from one that is accepted, and a naive reader shows that the attack is real.

mod attacks;
mod gate;
mod hostile;
mod idp;
mod lies;
mod memory;
mod metadata;
mod naive;
mod request;
mod valid;
