//! Every call to AWS behind small traits.
