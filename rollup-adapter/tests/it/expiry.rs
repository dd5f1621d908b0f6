//! How long custodians keep a blob: a receipt shows it, or is refused.

use weft_chain::{Height, VerifiedHeader};
use weft_encoding::{Fault, Layout};
use weft_rollup_adapter::{
    VerifiedReceipt, Wait,
    api::{Encoded, ReceiptDto},
    verify::{ReceiptError, verify_header, verify_receipt},
};
use weft_test_chain::GrowingChain;

use crate::chain::{Blob, ServedChain, namespace, new_chain};

fn fixture() -> (GrowingChain, Blob) {
    let chain = new_chain("weft-test");
    let blob = chain.blob(&namespace("0a11ce"), Layout::Packed, vec![7; 2_000]);
    (chain, blob)
}

fn verify(chain: &GrowingChain, receipt: ReceiptDto) -> Result<VerifiedReceipt, ReceiptError> {
    verify_receipt(&chain.trust(), None, receipt)
}

fn header(chain: &GrowingChain, height: u64) -> VerifiedHeader {
    verify_header(&chain.trust(), chain.header(height)).unwrap()
}

#[test]
fn a_receipt_with_a_tiny_expiry_is_refused() {
    let (mut chain, blob) = fixture();
    chain.push_empty();
    let height = chain.order(&[&blob]);
    // Custodians signed each of these; the block may have had any of them.
    for (expiry, holds) in [
        (height + 1, false),
        (height + 49, false),
        (height + 50, true),
        (height + 100, true),
        (height + 150, true),
        (height + 151, false),
    ] {
        let mut receipt = chain.receipt(&blob, Some(height));
        let certified = chain.validators.certify(&blob.header, Height::new(expiry));
        (receipt.expiry, receipt.certificate) = (expiry, Encoded(certified.certificate));
        match verify(&chain, receipt) {
            Ok(receipt) => {
                assert!(holds, "{expiry}");
                assert!(receipt.reached(Wait::Ordered));
            }
            Err(error) => {
                assert!(!holds, "{expiry}: {error}");
                assert_eq!(error.fault(), Fault::Peer);
                assert!(matches!(error, ReceiptError::Expiry(_)), "{error}");
            }
        }
    }
}

#[test]
fn a_certificate_that_no_block_may_have_is_found_out_by_a_final_header() {
    let (mut chain, mut blob) = fixture();
    chain.push_empty();
    chain.push_empty();
    let second = chain.height();
    let trust = chain.trust();
    for (expiry, holds) in [(3, false), (52, false), (53, true), (153, true)] {
        let certified = chain.validators.certify(&blob.header, Height::new(expiry));
        blob.certificate = certified.certificate;
        let receipt = verify(&chain, chain.receipt(&blob, None)).unwrap();
        let checked = receipt.verify_expiry(&trust, &header(&chain, second));
        assert_eq!(checked.is_ok(), holds, "{expiry}");
    }
    // Once it is ordered, its block was compared, and the head is of no account.
    let third = chain.order(&[&blob]);
    for _ in 0..4 {
        chain.push_empty();
    }
    let receipt = verify(&chain, chain.receipt(&blob, Some(third))).unwrap();
    let head = header(&chain, chain.height());
    receipt.verify_expiry(&trust, &head).unwrap();
}
