//! The GraphQL schema: objects, inputs, payloads, loaders and subscriptions.
