//! Decoders take what encoders give, and refuse everything else without harm: truncated, followed
//! by other bytes, too long by their own count, or not canonical.

#![allow(clippy::unwrap_used)]

use borsh::{BorshDeserialize, BorshSerialize};
use proptest::prelude::*;
use weft_chain::{
    AvailabilityCertificate, BlobHeader, Block, BlockBody, BlockHeader, Canonical, CertifiedBlob,
    ChainId, CommitmentsProof, DecodeError, Fault, FinalityCertificate, Height, MAX_UPDATE_BYTES,
    Namespace, NamespaceProof, SignedHeader, SignedValidatorUpdate, SignerBitmap,
    UpdateCertificate, Validator, ValidatorIndex, ValidatorUpdate, namespace_proof,
};
use weft_test_chain::{
    TestChain, header, numbered_namespace, unsigned_approval, unsigned_blob, unsigned_block,
    unsigned_certificate,
};

/// Every prefix and every extension of an encoding is refused, and it has no longer form.
fn check_strict<T: Canonical + PartialEq + std::fmt::Debug>(value: &T) {
    let bytes = value.encode();
    assert!(
        bytes.len() <= T::MAX_BYTES,
        "{} takes {} bytes",
        T::NAME,
        bytes.len()
    );
    assert_eq!(&T::decode(&bytes).unwrap(), value);
    assert_eq!(&T::decode_hex(&value.encode_hex()).unwrap(), value);
    for end in (0..bytes.len()).step_by(1 + bytes.len() / 500) {
        let error = T::decode(&bytes[..end]).unwrap_err();
        assert!(matches!(error, DecodeError::Malformed { len, .. } if len == end));
        assert_eq!(error.fault(), Fault::Peer);
    }
    for extra in [0, 1, 0xff] {
        assert!(T::decode(&[bytes.as_slice(), &[extra]].concat()).is_err());
    }
    let oversized = vec![0; T::MAX_BYTES + 1];
    assert!(matches!(
        T::decode(&oversized),
        Err(DecodeError::TooLarge { .. })
    ));
    assert!(matches!(
        T::decode_hex(&hex::encode(&oversized)),
        Err(DecodeError::TooLarge { .. })
    ));
    assert!(matches!(
        T::decode_hex("0x"),
        Err(DecodeError::NotHex { .. })
    ));
}

#[test]
fn every_format_is_strict() {
    let chain = TestChain::new(9);
    let signers: Vec<usize> = (0..7).collect();
    let blobs = vec![
        chain.certify_by(&header(1, 1, 3), Height::new(1000), &signers),
        chain.certified(2, 2, 1),
    ];
    let block = unsigned_block(&chain.start(), blobs);
    let signed = chain.sign_header(block.header.clone());
    check_strict::<BlobHeader>(&block.body.blobs[0].header);
    check_strict::<AvailabilityCertificate>(&block.body.blobs[0].certificate);
    check_strict::<CertifiedBlob>(&block.body.blobs[0]);
    check_strict::<BlockBody>(&block.body);
    check_strict::<BlockBody>(&BlockBody::default());
    check_strict::<BlockHeader>(&block.header);
    check_strict::<Block>(&block);
    check_strict::<FinalityCertificate>(&signed.finality);
    check_strict::<SignedHeader>(&signed);
    let signed = chain.update(&TestChain::with_stakes(&[1, 2]), 7);
    check_strict::<ValidatorUpdate>(&signed.update);
    check_strict::<UpdateCertificate>(&signed.certificate);
    check_strict::<SignedValidatorUpdate>(&signed);
    check_strict::<SignerBitmap>(&signed.certificate.signers);
    check_strict::<BlockBody>(&BlockBody {
        update: Some(signed),
        ..block.body.clone()
    });
    for rows in [0..1, 1..3, 0..4] {
        check_strict::<CommitmentsProof>(&CommitmentsProof::of_blob(
            &block.body.commitments(),
            rows,
        ));
    }
    for last in 0..4 {
        check_strict::<NamespaceProof>(
            &namespace_proof(&block.body, &numbered_namespace(last)).unwrap(),
        );
    }
}

/// As many validators and as long contacts as the update's limit on bytes takes, to the byte.
fn largest_update(chain: &TestChain) -> SignedValidatorUpdate {
    let mut update = chain.unsigned_update(chain, 7);
    update.validators = vec![update.validators[0].clone(); 1024];
    let spare = MAX_UPDATE_BYTES - update.encode().len();
    let (full, rest) = (spare / (4 + 256), spare % (4 + 256));
    let (full, rest) = if rest < 4 {
        (full - 1, rest + 260)
    } else {
        (full, rest)
    };
    let lengths = [rest.div_ceil(2) - 4, rest / 2 - 4].into_iter();
    let texts = (0..full).map(|_| 256).chain(lengths);
    for (place, len) in texts.enumerate() {
        let entry = &mut update.validators[place / 8];
        entry.consensus_addresses.push("a".repeat(len));
    }
    unsigned_approval(update)
}

#[test]
fn the_largest_values_are_within_the_limits() {
    let chain = TestChain::new(1);
    let largest = AvailabilityCertificate {
        signers: SignerBitmap::new(1024).unwrap(),
        ..unsigned_certificate(&header(1, 1, 1))
    };
    assert_eq!(largest.encode().len(), AvailabilityCertificate::MAX_BYTES);
    assert_eq!(header(1, 1, 64).encode().len(), BlobHeader::MAX_BYTES);
    let blobs = (0..=255)
        .map(|seed| CertifiedBlob {
            header: header(1, seed, 1),
            certificate: largest.clone(),
        })
        .collect();
    let body = BlockBody {
        blobs,
        update: Some(largest_update(&chain)),
    };
    assert_eq!(body.encode().len(), BlockBody::MAX_BYTES);
    assert_eq!(BlockBody::decode(&body.encode()).unwrap(), body);
    assert_eq!(
        unsigned_block(&chain.start(), Vec::new())
            .header
            .encode()
            .len(),
        BlockHeader::MAX_BYTES
    );
}

/// Overwrites bytes of an encoding.
fn with<T: Canonical>(value: &T, at: usize, bytes: &[u8]) -> Result<T, String> {
    let mut encoded = value.encode();
    encoded[at..at + bytes.len()].copy_from_slice(bytes);
    T::decode(&encoded).map_err(|error| error.to_string())
}

#[test]
fn counts_above_the_limits_are_refused_before_anything_is_read() {
    let header = header(1, 1, 2);
    for count in [0, 65, u32::MAX] {
        let error = with(&header, 39, &count.to_le_bytes()).unwrap_err();
        assert!(
            error.contains(&format!("{count} commitments, there may be 1 to 64")),
            "{error}"
        );
    }
    for count in [257, u32::MAX] {
        let error = BlockBody::decode(&count.to_le_bytes())
            .unwrap_err()
            .to_string();
        assert!(error.contains("the limit is 256"), "{error}");
    }
    // Within the limit on blobs, above that on rows.
    let full = unsigned_blob(numbered_namespace(1), 1, 64);
    let error = BlockBody::decode(
        &BlockBody {
            blobs: vec![full; 5],
            update: None,
        }
        .encode(),
    )
    .unwrap_err();
    assert!(
        error.to_string().contains("320 rows, the limit is 256"),
        "{error}"
    );
}

/// Places of an update whose first validator is named `validator-0` and has one address.
#[test]
fn an_update_s_counts_and_texts_are_refused_before_they_are_read() {
    let chain = TestChain::new(1);
    let mut update = chain.unsigned_update(&chain, 7);
    update.validators[0].addresses = vec!["/ip4/127.0.0.1/tcp/4000".into()];
    let name = 32 + 32 + 8 + 4;
    let peer_id = name + 4 + "validator-0".len() + 48 + 96 + 8;
    let addresses = peer_id + 4 + update.validators[0].peer_id.len();
    let consensus = addresses + 4 + 4 + update.validators[0].addresses[0].len();
    assert_eq!(consensus + 4, update.encode().len());
    for count in [0, 1025, u32::MAX] {
        let error = with(&update, 72, &count.to_le_bytes()).unwrap_err();
        assert!(error.contains("it takes 1 to 1024"), "{error}");
    }
    for (at, max) in [(name, 64), (peer_id, 128), (addresses + 4, 256)] {
        for len in [max + 1, u32::MAX] {
            let error = with(&update, at, &len.to_le_bytes()).unwrap_err();
            let says = format!("of {len} bytes, the limit is {max}");
            assert!(error.contains(&says), "{error}");
        }
    }
    for at in [addresses, consensus] {
        for count in [9, u32::MAX] {
            let error = with(&update, at, &count.to_le_bytes()).unwrap_err();
            assert!(error.contains("the limit is 8"), "{error}");
        }
    }
    let error = with(&update, name + 4, &[0xff]).unwrap_err();
    assert!(error.contains("utf-8"), "{error}");
    // A public key that is no point.
    let error = with(&update, name + 4 + "validator-0".len(), &[0; 48]).unwrap_err();
    assert!(error.contains("public key"), "{error}");
}

/// Within a body, nothing but the decoder itself limits the update.
#[test]
fn an_update_in_a_body_is_refused_where_it_exceeds_its_bytes() {
    let chain = TestChain::new(1);
    let mut signed = chain.update(&chain, 7);
    signed.update.validators[0].addresses = vec!["a".repeat(256); 8];
    signed.update.validators[0].consensus_addresses = vec!["a".repeat(256); 8];
    signed.update.validators = vec![signed.update.validators[0].clone(); 300];
    let body = BlockBody {
        blobs: Vec::new(),
        update: Some(signed),
    };
    let bytes = body.encode();
    assert!(bytes.len() > BlockBody::MAX_BYTES);
    let error = borsh::from_slice::<BlockBody>(&bytes).unwrap_err();
    assert!(
        error.to_string().contains("the limit is 1048576"),
        "{error}"
    );
    let option = with(&BlockBody::default(), 4, &[2]).unwrap_err();
    assert!(option.contains("Option"), "{option}");
}

#[test]
fn fields_that_are_not_canonical_are_refused() {
    let header = unsigned_blob(numbered_namespace(1), 1, 2).header;
    for (at, bytes, says) in [
        (0, &[2][..], "version 2"),
        (1, &[1], "version 1"),
        (1, &[0xff; 29], "reserved"),
        (30, &[7], ""),
        (31, &[1], "batch length"),
    ] {
        let error = with(&header, at, bytes).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
    let chain = TestChain::new(9).named("weft-test-1");
    let certified = chain.certify(&header, Height::new(1000));
    let block = unsigned_block(&chain.start(), vec![certified]);
    for (at, bytes, says) in [
        (0, &[0][..], "version 0"),
        (1, b"A", "byte 0x41 at 0"),
        (32, b"a", "byte 0x00 at 11"),
        (81, &1024u16.to_le_bytes(), "index 1024"),
        (147, &257u16.to_le_bytes(), "257 rows"),
    ] {
        let error = with(&block.header, at, bytes).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
    let certificate = &block.body.blobs[0].certificate;
    for (at, bytes, says) in [
        (72, &0u16.to_le_bytes()[..], "for 0 validators"),
        (72, &1025u16.to_le_bytes(), "for 1025 validators"),
        (75, &[0b11], "padding is not zero"),
        (75, &[0b1000_0000], "padding is not zero"),
    ] {
        let error = with(certificate, at, bytes).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn proofs_have_known_kinds_places_and_ordered_nodes() {
    let blob = |ns: u8| unsigned_blob(numbered_namespace(10 * ns), ns.into(), 1);
    let body = BlockBody {
        blobs: (1..5).map(blob).collect(),
        update: None,
    };
    let proof = namespace_proof(&body, &numbered_namespace(20)).unwrap();
    for (at, bytes, says) in [
        (0, &[0, 0xff][..], "least namespace"),
        (90, &[3], "kind 3"),
        (91, &256u16.to_le_bytes(), "leaf 256"),
        (93, &0u32.to_le_bytes(), "0 entries"),
        (93, &257u32.to_le_bytes(), "257 entries"),
        (93 + 4 + 65, &17u32.to_le_bytes(), "17 siblings"),
    ] {
        let error = with(&proof, at, bytes).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
}

fn round_trip<T: BorshSerialize + BorshDeserialize + PartialEq + std::fmt::Debug>(value: &T) {
    let bytes = borsh::to_vec(value).unwrap();
    assert_eq!(&borsh::from_slice::<T>(&bytes).unwrap(), value);
}

#[test]
fn validators_round_trip() {
    let set = TestChain::with_stakes(&[3, 4]).set;
    set.validators().iter().for_each(round_trip::<Validator>);
    assert!(borsh::from_slice::<ValidatorIndex>(&1024u16.to_le_bytes()).is_err());
}

proptest! {
    #[test]
    fn bitmaps_round_trip(
        size in 1usize..=1024,
        signers in prop::collection::btree_set(0usize..1024, 0..64),
    ) {
        let mut bitmap = SignerBitmap::new(size).unwrap();
        for &signer in &signers {
            let index = ValidatorIndex::new(signer).unwrap();
            prop_assert_eq!(bitmap.insert(index).is_ok(), signer < size);
            prop_assert!(bitmap.insert(index).is_err());
        }
        let within: Vec<usize> = signers.into_iter().filter(|&signer| signer < size).collect();
        let found: Vec<usize> = bitmap.iter().map(ValidatorIndex::get).collect();
        prop_assert_eq!(found, within);
        round_trip(&bitmap);
    }

    #[test]
    fn names_round_trip(text in "[a-z0-9-]{1,32}", id in any::<[u8; 28]>()) {
        let chain: ChainId = text.parse().unwrap();
        prop_assert_eq!(chain.as_str(), &text);
        round_trip(&chain);
        let namespace = Namespace::from_id(id);
        round_trip(&namespace);
        prop_assert_eq!(namespace.to_string().parse::<Namespace>().unwrap(), namespace);
    }

    /// Whatever bytes decode, encode to the same bytes: no value has two forms.
    #[test]
    fn decoding_is_canonical(at in 0usize..2000, value in any::<u8>(), rows in 1usize..5) {
        let chain = TestChain::new(2);
        let mut block = unsigned_block(&chain.start(), vec![chain.certified(1, 1, rows)]);
        block.body.update = Some(chain.update(&chain, 7));
        let mut bytes = block.encode();
        let at = at % bytes.len();
        bytes[at] = value;
        if let Ok(decoded) = Block::decode(&bytes) {
            prop_assert_eq!(decoded.encode(), bytes);
        }
    }

    #[test]
    fn noise_is_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = Block::decode(&bytes);
        let _ = BlockBody::decode(&bytes);
        let _ = SignedValidatorUpdate::decode(&bytes);
        let _ = BlobHeader::decode(&bytes);
        let _ = SignedHeader::decode(&bytes);
        let _ = AvailabilityCertificate::decode(&bytes);
        let _ = NamespaceProof::decode(&bytes);
    }
}
