//! A certificate authority of a test's own, and what it gives to servers on this machine.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use std::path::{Path, PathBuf};

/// Files in PEM: an authority that nobody else knows, and a certificate of it for 127.0.0.1 and localhost.
#[derive(Debug)]
pub struct Authority {
    /// The authority's certificate, which clients are to trust.
    pub certificate: PathBuf,
    /// The server's certificate.
    pub server_certificate: PathBuf,
    /// The server's key.
    pub server_key: PathBuf,
}

impl Authority {
    /// Writes the files into a folder.
    ///
    /// # Errors
    /// Where they cannot be made or written.
    pub fn make(folder: &Path) -> anyhow::Result<Self> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "a test's authority");
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let server = CertificateParams::new(["127.0.0.1".to_owned(), "localhost".to_owned()])?;
        let server = server.signed_by(&key, &authority)?;
        let files = Self {
            certificate: folder.join("authority.pem"),
            server_certificate: folder.join("server.pem"),
            server_key: folder.join("server-key.pem"),
        };
        std::fs::write(&files.certificate, authority.pem())?;
        std::fs::write(&files.server_certificate, server.pem())?;
        std::fs::write(&files.server_key, key.serialize_pem())?;
        Ok(files)
    }
}
