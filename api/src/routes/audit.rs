//! The audit log of an org, for its admins.

use actix_web::web;
use chrono::{DateTime, Utc};
use pulseboard_core::audit::{self, Action, AuditEntry, AuditFilter};
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::ids::{OrgId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::auth::UserOut;
use crate::body::{self, Page, Query};
use crate::error::{ApiError, ErrorBody};
use crate::extract::Admin;
use crate::state::App;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Only what this person did.
    #[param(value_type = Option<Uuid>)]
    actor: Option<String>,
    /// Only this, such as `member.removed`.
    action: Option<String>,
    /// From this time on.
    since: Option<String>,
    /// Before this time.
    until: Option<String>,
    /// 1 to 1000; 50 if left out.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct AuditEntryOut {
    id: Uuid,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    at: DateTime<Utc>,
    /// Who did it, as they were called then; nobody if it was the server itself.
    actor: Option<UserOut>,
    /// What was done; more will be added.
    #[schema(example = "member.removed")]
    action: String,
    target: Option<TargetOut>,
    /// What there is to say of it: `{"role": {"from": "viewer", "to": "admin"}}` where something changed.
    #[schema(value_type = Option<std::collections::BTreeMap<String, serde_json::Value>>)]
    details: Option<serde_json::Value>,
    ip: Option<String>,
    request_id: Option<String>,
}

/// What a change was made to, by the name it had then.
#[derive(Serialize, ToSchema)]
pub struct TargetOut {
    #[schema(example = "project")]
    kind: String,
    id: Uuid,
    name: String,
}

impl From<AuditEntry> for AuditEntryOut {
    fn from(entry: AuditEntry) -> Self {
        let actor = (entry.actor_id).zip(entry.actor_email).zip(entry.actor_name);
        Self {
            id: entry.id,
            at: entry.at,
            actor: actor.map(|((id, email), name)| UserOut { id, email, name }),
            action: entry.action,
            target: Some(TargetOut { kind: entry.target_kind, id: entry.target_id, name: entry.target_name }),
            details: entry.details,
            ip: entry.ip,
            request_id: entry.request_id,
        }
    }
}

impl AuditQuery {
    fn filter(&self) -> Result<AuditFilter, ApiError> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let actor = given(&self.actor).map(|text| text.parse::<UserId>()).transpose();
        let action = given(&self.action).map(|text| {
            Action::parse(&text).ok_or_else(|| ApiError::query("action", "is not one that is recorded"))
        });
        Ok(AuditFilter {
            actor: actor.map_err(|_| ApiError::query("actor", "must be the id of a person"))?,
            action: action.transpose()?,
            since: body::time("since", self.since.as_deref())?,
            until: body::time("until", self.until.as_deref())?,
        })
    }
}

/// Who changed what, newest first.
#[utoipa::path(get, path = "/api/orgs/{org}/audit", tag = "audit", params(("org" = Uuid, Path), AuditQuery),
    responses((status = 200, body = Page<AuditEntryOut>), (status = 400, body = ErrorBody),
    (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)), security(("session" = ["admin"])))]
pub async fn list(
    app: App,
    who: Admin<OrgId>,
    query: Query<AuditQuery>,
) -> Result<web::Json<Page<AuditEntryOut>>, ApiError> {
    let filter = query.filter()?;
    let limit = body::number("limit", query.limit.as_deref(), 1..=1000, 50)?;
    let cursor = query.cursor.as_deref().filter(|cursor| !cursor.is_empty()).map(str::parse).transpose();
    let cursor =
        cursor.map_err(|error: pulseboard_core::live::BadCursor| ApiError::query("cursor", error))?;
    let mut rows = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(audit::list(conn, who.org, filter, cursor, limit).await?)
        })
        .await?;
    let more = rows.len() as i64 > limit;
    rows.truncate(limit.unsigned_abs() as usize);
    let next_cursor = rows.last().filter(|_| more).map(|row| row.cursor().to_string());
    Ok(web::Json(Page { items: rows.into_iter().map(AuditEntryOut::from).collect(), next_cursor }))
}
