//! Recovery kits: what opens the vault without Holdfast.
//!
//! Not for making passwords (`vault`, through a port). Invariant: every export is in the audit log before the caller sees the
//! kit, only a Super Admin gets one, and in a browser only after a recent proof of the person.

use domain::AssetId;
use domain::repository::VaultRepository;

use crate::actions;
use crate::audit;
use crate::context::Ctx;
use crate::error::Error;
use crate::ports::RecoveryKit;

/// Exports the kit of the repository that holds the asset's recovery points.
pub async fn export(
    ctx: &Ctx,
    asset_id: Option<AssetId>,
) -> Result<(VaultRepository, RecoveryKit), Error> {
    ctx.authorize(actions::EXPORT_RECOVERY_KIT).await?;
    let missing = || Error::not_found("assetId", "asset");
    let asset_id = asset_id.ok_or_else(missing)?;
    let reader = ctx.read();
    let asset = store::assets::lookup(&reader, ctx.scope(), asset_id)
        .await?
        .ok_or_else(missing)?;
    let bound = store::repositories::of_asset(&reader, ctx.organization(), asset.id).await?;
    let Some(repository) = bound else {
        let message = "This asset has no recovery point in the vault yet.";
        return Err(Error::precondition("assetId", message));
    };
    let tx = ctx.begin().await?;
    let mut tx = ctx
        .authorize_at(tx, actions::EXPORT_RECOVERY_KIT, [asset.unit_id])
        .await?;
    let summary = serde_json::json!({ "repository": repository.id, "asset": asset.id });
    audit::success(
        ctx,
        &mut tx,
        actions::EXPORT_RECOVERY_KIT,
        repository.id,
        summary,
    )
    .await?;
    tx.commit().await?;
    let kit = ctx.services().recovery_kits.export(&repository).await?;
    Ok((repository, kit))
}
