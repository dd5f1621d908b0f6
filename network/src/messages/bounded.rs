//! Lists that are bounded by count before their elements are allocated.
//!
//! The size limit of a frame bounds its bytes, not what they grow to in memory: an element of two
//! bytes on the wire may be a hundred in memory.

use std::io;

use borsh::BorshDeserialize;
use borsh::io::Read;

/// Reads a borsh list of at most `MAX` elements.
pub(super) fn vec<T, R, const MAX: usize>(reader: &mut R) -> io::Result<Vec<T>>
where
    T: BorshDeserialize,
    R: Read,
{
    let count = u32::deserialize_reader(reader)?;
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if count > MAX {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a list of {count} elements, limit {MAX}"),
        ));
    }
    (0..count).map(|_| T::deserialize_reader(reader)).collect()
}

/// Reads a whole buffer as one bounded list; trailing bytes are refused.
pub(super) fn whole_vec<T, const MAX: usize>(bytes: &[u8]) -> io::Result<Vec<T>>
where
    T: BorshDeserialize,
{
    let mut rest = bytes;
    let list = vec::<T, _, MAX>(&mut rest)?;
    if !rest.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{} bytes after the end of the list", rest.len()),
        ));
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_elements_are_refused_by_their_count_alone() {
        let bytes = u32::MAX.to_le_bytes();
        let error = whole_vec::<u64, 4>(&bytes).expect_err("count above the limit");
        assert!(error.to_string().contains("limit 4"), "{error}");
    }

    #[test]
    fn trailing_bytes_are_refused() {
        let mut bytes = borsh::to_vec(&vec![1u8, 2, 3]).expect("in memory");
        assert_eq!(whole_vec::<u8, 4>(&bytes).expect("legal"), vec![1, 2, 3]);
        bytes.push(0);
        assert!(whole_vec::<u8, 4>(&bytes).is_err());
    }
}
