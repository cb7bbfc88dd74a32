//! The wire form of people, groups and of what is supported (RFC 7643).
//!
//! Invariant: what is said to be supported is what the handlers do.

use app::scim::Pushed;
use domain::UserId;
use domain::scim::{SCIM_MEMBERS_MAX, SCIM_PAGE_MAX, ScimGroup};
use serde_json::{Value, json};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// A person.
pub(super) fn user(base: &str, pushed: &Pushed) -> Value {
    let groups: Vec<Value> = pushed
        .groups
        .iter()
        .map(|group| json!({ "value": group.id, "display": group.display_name }))
        .collect();
    let scim = &pushed.scim;
    json!({
        "schemas": [USER],
        "id": scim.user_id,
        "externalId": scim.external_id,
        "userName": scim.user_name,
        "displayName": pushed.user.name,
        "name": { "formatted": pushed.user.name },
        "emails": [{ "value": pushed.user.email, "primary": true }],
        "active": pushed.active,
        "groups": groups,
        "meta": {
            "resourceType": "User",
            "created": scim.created_at,
            "lastModified": scim.changed_at,
            "location": format!("{base}/Users/{}", scim.user_id),
        },
    })
}

/// A group.
pub(super) fn group(base: &str, group: &ScimGroup, members: &[UserId]) -> Value {
    let members: Vec<Value> = members
        .iter()
        .map(|user| json!({ "value": user, "$ref": format!("{base}/Users/{user}") }))
        .collect();
    json!({
        "schemas": [GROUP],
        "id": group.id,
        "externalId": group.external_id,
        "displayName": group.display_name,
        "members": members,
        "meta": {
            "resourceType": "Group",
            "created": group.created_at,
            "lastModified": group.changed_at,
            "location": format!("{base}/Groups/{}", group.id),
        },
    })
}

/// One of the documents of RFC 7643, 5 to 7, or one entry of it.
pub(super) fn about(base: &str, name: &str, id: Option<&str>) -> Option<Value> {
    let all = match name {
        "ServiceProviderConfig" => return id.is_none().then(|| service_provider(base)),
        "ResourceTypes" => resource_types(base),
        "Schemas" => schemas(),
        _other => return None,
    };
    match id {
        None => Some(json!({
            "schemas": [LIST], "totalResults": all.len(), "startIndex": 1, "itemsPerPage": all.len(), "Resources": all,
        })),
        Some(id) => all
            .into_iter()
            .find(|one| one.get("id").and_then(Value::as_str) == Some(id)),
    }
}

fn service_provider(base: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": SCIM_PAGE_MAX },
        "changePassword": { "supported": false },
        "sort": { "supported": false },
        "etag": { "supported": false },
        "authenticationSchemes": [{
            "type": "oauthbearertoken", "name": "Bearer token", "description": "The token of the identity provider.", "primary": true,
        }],
        "meta": { "resourceType": "ServiceProviderConfig", "location": format!("{base}/ServiceProviderConfig") },
    })
}

fn resource_types(base: &str) -> Vec<Value> {
    [("User", "Users", USER), ("Group", "Groups", GROUP)]
        .into_iter()
        .map(|(id, path, schema)| {
            json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
                "id": id, "name": id, "endpoint": format!("/{path}"), "schema": schema,
                "meta": { "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{id}") },
            })
        })
        .collect()
}

fn schemas() -> Vec<Value> {
    let attribute = |name: &str, kind: &str, is_list: bool, is_needed: bool, change: &str| {
        json!({
            "name": name, "type": kind, "multiValued": is_list, "required": is_needed, "caseExact": name == "externalId",
            "mutability": change, "returned": "default", "uniqueness": if is_needed { "server" } else { "none" },
        })
    };
    vec![
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": USER, "name": "User", "description": "A person.",
            "attributes": [
                attribute("userName", "string", false, true, "readWrite"),
                attribute("externalId", "string", false, false, "readWrite"),
                attribute("displayName", "string", false, false, "immutable"),
                attribute("emails", "complex", true, false, "immutable"),
                attribute("active", "boolean", false, false, "readWrite"),
                attribute("groups", "complex", true, false, "readOnly"),
            ],
        }),
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": GROUP, "name": "Group", "description": format!("A group of at most {SCIM_MEMBERS_MAX} people."),
            "attributes": [
                attribute("displayName", "string", false, true, "readWrite"),
                attribute("externalId", "string", false, false, "readWrite"),
                attribute("members", "complex", true, false, "readWrite"),
            ],
        }),
    ]
}
