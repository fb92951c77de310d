//! How the client trusts an `https` gateway: Mozilla's authorities, which come with the crate, and those that it was given.

use crate::error::{Error, Result};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;

/// `pems` are further authorities, such as a company's own.
pub(super) fn configuration(pems: &[Vec<u8>]) -> Result<ClientConfig> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for pem in pems {
        add(&mut roots, pem)?;
    }
    // Told by name, so that it does not matter what the rest of the program installed.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| Error::Configuration(format!("TLS cannot be set up: {error}")))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn add(roots: &mut RootCertStore, pem: &[u8]) -> Result<()> {
    let refused = |error: &dyn std::fmt::Display| Error::Configuration(format!("a root certificate is none: {error}"));
    let mut found = false;
    for certificate in CertificateDer::pem_slice_iter(pem) {
        roots.add(certificate.map_err(|error| refused(&error))?).map_err(|error| refused(&error))?;
        found = true;
    }
    if found { Ok(()) } else { Err(refused(&"there is no PEM block in it")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_refused() {
        assert!(configuration(&[]).is_ok());
        assert!(matches!(configuration(&[b"nothing".to_vec()]), Err(Error::Configuration(_))));
        let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec();
        assert!(matches!(configuration(&[broken]), Err(Error::Configuration(_))));
    }
}
