//! The encodings are frozen, and the size limits are those of the largest legal messages.

use borsh::{BorshSerialize, to_vec};
use weft_chain::Height;
use weft_encoding::{CellCoord, ColumnIndex, RowIndex};
use weft_network::{
    CellProofsReply, ColumnCellProofs, ColumnsReply, GetCellProofs, GetHeaders, GetSampledCells,
    GetSamples, Refusal, RequestKind, RpcRequest, SampleReply, ShapeError, limits,
};
use weft_test_chain::unsigned_header;

use crate::messages::*;
use crate::node::status;

fn size(message: &impl BorshSerialize) -> usize {
    to_vec(message).unwrap().len()
}

#[test]
fn requests_are_frozen() {
    let samples = GetSamples {
        height: Height::new(0x0102),
        coords: vec![CellCoord {
            row: RowIndex::new(0x0103).unwrap(),
            column: ColumnIndex::new(0x7f).unwrap(),
        }],
    };
    assert_eq!(
        to_vec(&samples).unwrap(),
        [2, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 3, 1, 0x7f]
    );
    assert_eq!(
        to_vec(&get_sampled_cells()).unwrap(),
        [1, 0, 0, 0, 0, 0, 0, 0]
    );
    let headers = GetHeaders {
        from: Height::new(5),
        count: 256,
    };
    assert_eq!(to_vec(&headers).unwrap(), [5, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert!(to_vec(&get_status()).unwrap().is_empty());
    let mut columns = vec![3; 32];
    columns.extend([2, 0, 0, 0, 0, 1]);
    assert_eq!(to_vec(&get_columns(2)).unwrap(), columns);
    assert_eq!(to_vec(&get_cell_proofs(2)).unwrap(), columns);
    assert_eq!(to_vec(&get_validator_update()).unwrap(), [1; 32]);
    // The root by which the columns are handed out is between header and expiry.
    let request = disperse(1, 1);
    let mut expected = to_vec(&request.header).unwrap();
    expected.extend([1; 32]);
    expected.extend([10, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
    assert!(to_vec(&request).unwrap().starts_with(&expected));
    let offer = offer_update();
    assert_eq!(to_vec(&offer).unwrap(), to_vec(&offer.update).unwrap());
    let mut expected = vec![7, 0, 0, 0, 0, 0, 0, 0];
    expected.extend([7; 32]);
    assert_eq!(to_vec(&status()).unwrap(), expected);
}

#[test]
fn replies_are_frozen() {
    assert_eq!(
        to_vec(&SampleReply::Refused(Refusal::NotYet)).unwrap(),
        [1, 0]
    );
    let refused = vec![(ColumnIndex::new(9).unwrap(), Refusal::NotHeld)];
    let reply = ColumnsReply {
        columns: Vec::new(),
        refused,
    };
    assert_eq!(to_vec(&reply).unwrap(), [0, 0, 0, 0, 1, 0, 0, 0, 9, 1]);
    // A list of: row, column, cell, proof.
    let mut expected = vec![1, 0, 0, 0, 0, 0, 0];
    expected.extend(cell(3).as_bytes());
    expected.extend([1; 48]);
    assert_eq!(to_vec(&sampled_cells(1)).unwrap(), expected);
    let proofs = weft_encoding::CellProof::from_bytes([8; 48]);
    let reply = CellProofsReply {
        columns: vec![ColumnCellProofs {
            column: ColumnIndex::new(4).unwrap(),
            proofs: vec![proofs],
        }],
        refused: vec![(ColumnIndex::new(9).unwrap(), Refusal::NotYet)],
    };
    let mut expected = vec![1, 0, 0, 0, 4, 1, 0, 0, 0];
    expected.extend([8; 48]);
    expected.extend([1, 0, 0, 0, 9, 0]);
    assert_eq!(to_vec(&reply).unwrap(), expected);
}

#[test]
fn the_largest_legal_messages_fit_and_little_more_does() {
    let fits = |kind: RequestKind, what: &str, size: usize, limit: usize, slack: usize| {
        assert!(size <= limit, "{kind} {what}: {size} bytes, limit {limit}");
        assert!(
            limit - size <= slack,
            "{kind} {what}: {size} bytes, limit {limit} is loose"
        );
    };
    let request =
        |kind, size, slack| fits(kind, "request", size, limits::request_bytes(kind), slack);
    let reply = |kind, size, slack| fits(kind, "reply", size, limits::reply_bytes(kind), slack);
    let kib = 1024;

    request(RequestKind::Disperse, size(&disperse(128, 64)), 64 * kib);
    request(RequestKind::PushProofs, size(&push_proofs(128, 64)), kib);
    request(RequestKind::Columns, size(&get_columns(128)), kib);
    request(RequestKind::Samples, size(&get_samples(256)), kib);
    request(RequestKind::BlobHeaders, size(&get_blob_headers()), kib);
    request(RequestKind::Body, size(&get_body()), kib);
    request(RequestKind::Headers, size(&get_headers(1, 256)), kib);
    request(RequestKind::Status, size(&get_status()), kib);
    request(
        RequestKind::ValidatorUpdate,
        size(&get_validator_update()),
        kib,
    );
    request(RequestKind::CellProofs, size(&get_cell_proofs(128)), kib);
    request(RequestKind::SampledCells, size(&get_sampled_cells()), kib);
    request(RequestKind::OfferUpdate, size(&largest_update()), 64 * kib);

    let long = || Refusal::invalid("x".repeat(256));
    let refused: Vec<_> = columns(128)
        .into_iter()
        .map(|column| (column, long()))
        .collect();
    let columns = ColumnsReply {
        columns: proven_columns(128, 64),
        refused: refused.clone(),
    };
    reply(RequestKind::Columns, size(&columns), 64 * kib);
    let proofs = CellProofsReply {
        columns: column_proofs(128, 64),
        refused: refused.clone(),
    };
    reply(RequestKind::CellProofs, size(&proofs), 0);
    reply(
        RequestKind::ValidatorUpdate,
        size(&largest_update()),
        64 * kib,
    );
    let cell = SampleReply::Cell {
        cell: cell(1),
        proof: weft_encoding::CellProof::from_bytes([0; 48]),
    };
    reply(RequestKind::Samples, size(&vec![cell; 256]), 0);
    reply(RequestKind::SampledCells, size(&sampled_cells(256)), 0);
    assert!(
        size(&vec![SampleReply::Refused(long()); 256]) < limits::reply_bytes(RequestKind::Samples)
    );
    reply(RequestKind::BlobHeaders, size(&blob_headers(256)), 2 * kib);
    let headers: Vec<_> = (1..=256).map(unsigned_header).collect();
    reply(RequestKind::Headers, size(&headers), 512 * kib);
    reply(RequestKind::Status, size(&status()), kib);
    assert!(size(&body(256)) <= limits::MAX_BODY_BYTES);
    assert!(size(&propose()) <= limits::request_bytes(RequestKind::Propose));
    assert!(size(&long()) <= limits::MAX_REFUSAL_BYTES);
    assert!(size(&unsigned_header(1)) <= limits::MAX_GOSSIP_HEADER_BYTES);
    assert!(size(&certified(64)) <= limits::MAX_GOSSIP_CERTIFIED_BYTES);
}

#[test]
fn cell_proofs_are_asked_for_once_a_column_and_answered_as_asked() {
    let twice = GetCellProofs {
        columns: [columns(1), columns(1)].concat(),
        ..get_cell_proofs(1)
    };
    assert!(matches!(
        twice.check(),
        Err(ShapeError::DuplicateColumn { .. })
    ));
    assert!(matches!(
        get_cell_proofs(0).check(),
        Err(ShapeError::Empty { .. })
    ));
    let asked = get_cell_proofs(2);
    asked.check().unwrap();
    let reply = |given: usize, refused: &[usize]| CellProofsReply {
        columns: column_proofs(given, 1),
        refused: refused
            .iter()
            .map(|column| (ColumnIndex::new(*column).unwrap(), Refusal::NotHeld))
            .collect(),
    };
    let check = |reply| GetCellProofs::check_reply(asked.expected(), &reply);
    check(reply(1, &[1])).unwrap();
    check(reply(1, &[])).unwrap();
    for unfit in [reply(3, &[]), reply(2, &[1]), reply(0, &[7])] {
        assert!(matches!(
            check(unfit),
            Err(ShapeError::UnaskedColumn { .. })
        ));
    }
}

#[test]
fn sampled_cells_come_once_each() {
    let check = |reply: &Vec<_>| GetSampledCells::check_reply((), reply);
    check(&sampled_cells(256)).unwrap();
    let twice = [sampled_cells(2), sampled_cells(1)].concat();
    assert!(matches!(
        check(&twice),
        Err(ShapeError::DuplicateCell { .. })
    ));
    assert!(matches!(check(&Vec::new()), Err(ShapeError::Empty { .. })));
    let many = to_vec(&sampled_cells(257)).unwrap();
    assert!(many.len() > limits::reply_bytes(RequestKind::SampledCells));
}

#[test]
fn a_list_over_its_count_does_not_decode() {
    let mut bytes = to_vec(&get_samples(256)).unwrap();
    bytes[8..12].copy_from_slice(&257u32.to_le_bytes());
    bytes.extend([0, 0, 0]);
    assert!(borsh::from_slice::<GetSamples>(&bytes).is_err());
    let decoded = borsh::from_slice::<GetSamples>(&to_vec(&get_samples(256)).unwrap()).unwrap();
    decoded.check().unwrap();
}
