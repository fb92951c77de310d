//! Addresses of servers, as people may see them.

/// The address with stars for its passwords: what stands between the user and the host, and options that name one.
pub(super) fn without_password(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (place, options) = rest.split_once('?').map_or((rest, None), |(place, options)| (place, Some(options)));
    let place = match place.rsplit_once('@') {
        // Without a colon all of it may be the password.
        Some((login, host)) => format!("{}:***@{host}", login.split_once(':').map_or("", |(user, _)| user)),
        None => place.to_owned(),
    };
    let hide = |option: &str| match option.split_once('=') {
        Some((name, _)) if name.contains("password") => format!("{name}=***"),
        _ => option.to_owned(),
    };
    let options = options.map(|options| options.split('&').map(hide).collect::<Vec<_>>().join("&"));
    format!("{scheme}://{place}{}", options.map_or_else(String::new, |options| format!("?{options}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        for (address, shown) in [
            ("", ""),
            ("memory", "memory"),
            ("sqlite:data/jixinda.db", "sqlite:data/jixinda.db"),
            ("mysql://db/jixinda?ssl-mode=REQUIRED", "mysql://db/jixinda?ssl-mode=REQUIRED"),
            ("mysql://root:p@ss:w/rd@db:3306/jixinda", "mysql://root:***@db:3306/jixinda"),
            ("redis://secret@h:6379", "redis://:***@h:6379"),
            (
                "rediss+sentinel://u:a@h1,h2/m?sentinel_user=s&sentinel_password=b",
                "rediss+sentinel://u:***@h1,h2/m?sentinel_user=s&sentinel_password=***",
            ),
        ] {
            assert_eq!(without_password(address), shown);
        }
    }
}
