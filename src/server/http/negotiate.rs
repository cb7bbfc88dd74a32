//! Which media type answers a request, by its `Accept` header. Not about request bodies.
//! Invariant: a client that accepts nothing we have gets 406, never a type that it did not ask for.

use actix_web::{
    HttpRequest,
    http::header::{Accept, Header as _, Quality},
    mime::Mime,
};

use super::problem::{Code, Problem};

/// What we can answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/json`: 200 for every well-formed request.
    Json,
    /// `application/graphql-response+json`: the status tells success from failure.
    GraphqlResponse,
    /// `text/event-stream`.
    EventStream,
}

impl Media {
    /// For `Content-Type`.
    #[must_use]
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::EventStream => "text/event-stream; charset=utf-8",
        }
    }

    fn of(mime: &Mime) -> Option<Self> {
        match mime.essence_str() {
            "application/json" | "*/*" | "application/*" => Some(Self::Json),
            "application/graphql-response+json" => Some(Self::GraphqlResponse),
            "text/event-stream" => Some(Self::EventStream),
            _ => None,
        }
    }
}

/// Picks the media type that the client likes best.
pub(super) fn choose(request: &HttpRequest) -> Result<Media, Problem> {
    // A missing header means anything; one that cannot be read is treated as missing, as the specification allows.
    let Ok(mut accept) = Accept::parse(request) else {
        return Ok(Media::Json);
    };
    accept.0.retain(|item| item.quality > Quality::ZERO);
    if accept.0.is_empty() {
        return Ok(Media::Json);
    }
    accept.ranked().iter().find_map(Media::of).ok_or_else(|| {
        Problem::new(
            Code::NotAcceptable,
            "Accept application/graphql-response+json, application/json or text/event-stream.",
        )
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn chosen(accept: &str) -> Option<Media> {
        choose(
            &TestRequest::default()
                .insert_header(("accept", accept))
                .to_http_request(),
        )
        .ok()
    }

    #[test]
    fn follows_quality_then_order() {
        assert_eq!(
            choose(&TestRequest::default().to_http_request()).unwrap(),
            Media::Json
        );
        assert_eq!(chosen("*/*"), Some(Media::Json));
        assert_eq!(chosen("application/json"), Some(Media::Json));
        assert_eq!(
            chosen("application/graphql-response+json, application/json;q=0.9"),
            Some(Media::GraphqlResponse)
        );
        assert_eq!(
            chosen(
                "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
            ),
            Some(Media::GraphqlResponse)
        );
        assert_eq!(chosen("text/event-stream"), Some(Media::EventStream));
        assert_eq!(chosen("text/html"), None);
        assert_eq!(chosen("application/json;q=0, text/html"), None);
        assert_eq!(chosen("text/html, */*;q=0.1"), Some(Media::Json));
    }
}
