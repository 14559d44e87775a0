//! Documents in Amazon S3, each by an upload in parts, fetched by a presigned link.

use super::{Documents, LINK_FOR, Upload, checked, file_name, unknown};
use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Config, Region, retry::RetryConfig};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use model::{Error, Result, TenantId};
use store::Connection;

/// The bucket of a deployment, with a folder for each tenant.
pub struct Bucket {
    client: Client,
    name: String,
}

impl Bucket {
    pub fn new(connection: &Connection, name: String) -> Bucket {
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(connection.region.clone()))
            .credentials_provider(connection.credentials.clone())
            .http_client(connection.http.clone())
            .retry_config(RetryConfig::standard());
        if let Some(endpoint) = &connection.endpoint {
            config = config.endpoint_url(endpoint).force_path_style(true);
        }
        Bucket {
            client: Client::from_conf(config.build()),
            name,
        }
    }

    /// What has been added. The tags of the parts are S3's to tell, so nobody has to
    /// keep them between requests.
    async fn parts(&self, key: &str, upload: &Upload) -> Result<Vec<CompletedPart>> {
        let mut pages = self
            .client
            .list_parts()
            .bucket(&self.name)
            .key(key)
            .upload_id(&upload.id)
            .into_paginator()
            .items()
            .send();
        let mut parts = Vec::new();
        while let Some(part) = pages.next().await {
            let part = part.map_err(|error| translate(&error, upload))?;
            let done = CompletedPart::builder()
                .set_part_number(part.part_number)
                .set_e_tag(part.e_tag);
            parts.push(done.build());
        }
        Ok(parts)
    }
}

fn key(tenant: &TenantId, name: &str) -> Result<String> {
    Ok(format!("{tenant}/{}", checked(name)?))
}

#[async_trait]
impl Documents for Bucket {
    async fn begin(&self, tenant: &TenantId, name: &str, content_type: &str) -> Result<Upload> {
        let mut upload = Upload {
            name: name.to_owned(),
            id: String::new(),
        };
        let attachment = format!("attachment; filename=\"{}\"", file_name(name));
        let begun = self
            .client
            .create_multipart_upload()
            .bucket(&self.name)
            .key(key(tenant, name)?)
            .content_type(content_type)
            .content_disposition(attachment)
            .send()
            .await
            .map_err(|error| translate(&error, &upload))?;
        upload.id = begun
            .upload_id
            .ok_or_else(|| Error::internal("S3 named no upload"))?;
        Ok(upload)
    }

    async fn add(
        &self,
        tenant: &TenantId,
        upload: &Upload,
        number: i32,
        part: Vec<u8>,
    ) -> Result<()> {
        self.client
            .upload_part()
            .bucket(&self.name)
            .key(key(tenant, &upload.name)?)
            .upload_id(&upload.id)
            .part_number(number)
            .body(part.into())
            .send()
            .await
            .map(|_| ())
            .map_err(|error| translate(&error, upload))
    }

    async fn finish(&self, tenant: &TenantId, upload: &Upload) -> Result<()> {
        let key = key(tenant, &upload.name)?;
        let parts = self.parts(&key, upload).await?;
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts));
        self.client
            .complete_multipart_upload()
            .bucket(&self.name)
            .key(key)
            .upload_id(&upload.id)
            .multipart_upload(parts.build())
            .send()
            .await
            .map(|_| ())
            .map_err(|error| translate(&error, upload))
    }

    async fn link(&self, tenant: &TenantId, name: &str) -> Result<String> {
        let expires = PresigningConfig::expires_in(LINK_FOR).map_err(Error::internal)?;
        let request = self
            .client
            .get_object()
            .bucket(&self.name)
            .key(key(tenant, name)?)
            .presigned(expires)
            .await
            .map_err(Error::internal)?;
        Ok(request.uri().to_owned())
    }
}

fn translate<E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(
    error: &SdkError<E, R>,
    upload: &Upload,
) -> Error {
    match error.as_service_error().and_then(|e| e.code()) {
        Some("NoSuchUpload") => unknown(upload),
        Some("SlowDown") => Error::Throttled {
            retry_after_seconds: 2,
        },
        code => Error::internal(format!("S3: {}: {error:?}", code.unwrap_or("no answer"))),
    }
}
