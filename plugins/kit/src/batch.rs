//! Sorting the messages of a call into the requests that carry them.

/// Places in a call, each group with what one request may carry beside the first of it. Groups and places keep their
/// order. `limits.same` makes it one group mostly; this is for what it does not cover, or was not kept.
pub fn groups(places: impl IntoIterator<Item = usize>, is_alike: impl Fn(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for place in places {
        match groups.iter_mut().find(|group| is_alike(group[0], place)) {
            Some(group) => group.push(place),
            None => groups.push(vec![place]),
        }
    }
    groups
}

/// Places as [`carries`](crate::http::Request::carries) wants them.
#[must_use]
pub fn carried(places: &[usize]) -> Vec<u32> {
    places.iter().filter_map(|&place| u32::try_from(place).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alike_travels_together() {
        let texts = ["a", "b", "a", "c", "b"];
        let found = groups([0, 1, 2, 4], |left, right| texts[left] == texts[right]);
        assert_eq!(found, [vec![0, 2], vec![1, 4]]);
        assert!(groups([], |_, _| true).is_empty());
        assert_eq!(carried(&[0, 2]), [0, 2]);
    }
}
