//! One runner for each function that has vectors.

use serde_yaml_ng::Value;
use weft_encoding as weft;
use weft_encoding::{CellProof, Commitment, KzgProof};

use crate::values::{
    Refused, array, bytes, cell_from, cell_texts, cells, columns, field, indices, list, points,
    row, text, texts, verdict,
};

type Runner = fn(&Value) -> Result<Value, Refused>;

/// Each function's name, which is its folder's, and what runs it.
pub(crate) const RUNNERS: &[(&str, Runner)] = &[
    ("blob_to_kzg_commitment", blob_to_kzg_commitment),
    ("compute_blob_kzg_proof", compute_blob_kzg_proof),
    ("compute_cells", compute_cells),
    ("compute_cells_and_kzg_proofs", compute_cells_and_kzg_proofs),
    ("compute_challenge", compute_challenge),
    ("compute_kzg_proof", compute_kzg_proof),
    (
        "compute_verify_cell_kzg_proof_batch_challenge",
        cell_batch_challenge,
    ),
    ("recover_cells_and_kzg_proofs", recover_cells_and_kzg_proofs),
    ("verify_blob_kzg_proof", verify_blob_kzg_proof),
    ("verify_blob_kzg_proof_batch", verify_blob_kzg_proof_batch),
    ("verify_cell_kzg_proof_batch", verify_cell_kzg_proof_batch),
    ("verify_kzg_proof", verify_kzg_proof),
];

fn commitment(input: &Value) -> Result<Commitment, Refused> {
    array(field(input, "commitment")).map(Commitment::from_bytes)
}

fn proof(input: &Value) -> Result<KzgProof, Refused> {
    array(field(input, "proof")).map(KzgProof::from_bytes)
}

fn blob_to_kzg_commitment(input: &Value) -> Result<Value, Refused> {
    let row = row(field(input, "blob"))?;
    Ok(text(weft::blob_to_kzg_commitment(&row).as_bytes()))
}

fn compute_blob_kzg_proof(input: &Value) -> Result<Value, Refused> {
    let row = row(field(input, "blob"))?;
    let proof = weft::compute_blob_kzg_proof(&row, &commitment(input)?);
    proof
        .map(|proof| text(proof.as_bytes()))
        .map_err(|error| error.to_string())
}

fn compute_cells(input: &Value) -> Result<Value, Refused> {
    Ok(cell_texts(&weft::compute_cells(&row(field(
        input, "blob",
    ))?)))
}

fn compute_cells_and_kzg_proofs(input: &Value) -> Result<Value, Refused> {
    let (cells, proofs) = weft::compute_cells_and_kzg_proofs(&row(field(input, "blob"))?);
    Ok(Value::Sequence(vec![cell_texts(&cells), texts(&proofs)]))
}

fn compute_challenge(input: &Value) -> Result<Value, Refused> {
    let row = row(field(input, "blob"))?;
    Ok(text(&weft::compute_challenge(&row, &commitment(input)?)))
}

fn compute_kzg_proof(input: &Value) -> Result<Value, Refused> {
    let row = row(field(input, "blob"))?;
    let (proof, y) = weft::compute_kzg_proof(&row, &array(field(input, "z"))?)
        .map_err(|error| error.to_string())?;
    Ok(Value::Sequence(vec![text(proof.as_bytes()), text(&y)]))
}

fn cell_batch_challenge(input: &Value) -> Result<Value, Refused> {
    let cells = list(field(input, "cosets_evals"))
        .iter()
        .map(|elements| {
            let bytes: Vec<u8> = list(elements).iter().flat_map(bytes).collect();
            cell_from(&bytes)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let challenge = weft::compute_verify_cell_kzg_proof_batch_challenge(
        &points(field(input, "commitments"), Commitment::from_bytes)?,
        &indices(field(input, "commitment_indices"))?,
        &columns(field(input, "cell_indices"))?,
        &cells,
        &points(field(input, "proofs"), CellProof::from_bytes)?,
    );
    challenge
        .map(|challenge| text(&challenge))
        .map_err(|error| error.to_string())
}

fn recover_cells_and_kzg_proofs(input: &Value) -> Result<Value, Refused> {
    let columns = columns(field(input, "cell_indices"))?;
    let given = cells(field(input, "cells"))?;
    let (cells, proofs) =
        weft::recover_cells_and_kzg_proofs(&columns, &given).map_err(|error| error.to_string())?;
    assert_eq!(weft::recover_cells(&columns, &given).as_ref(), Ok(&cells));
    Ok(Value::Sequence(vec![cell_texts(&cells), texts(&proofs)]))
}

fn verify_blob_kzg_proof(input: &Value) -> Result<Value, Refused> {
    let row = row(field(input, "blob"))?;
    let (commitment, proof) = (commitment(input)?, proof(input)?);
    let verified = weft::verify_blob_kzg_proof(&row, &commitment, &proof);
    assert_eq!(
        weft::verify_blob_kzg_proof_batch(&[row], &[commitment], &[proof]),
        verified
    );
    verdict(verified)
}

fn verify_blob_kzg_proof_batch(input: &Value) -> Result<Value, Refused> {
    let rows = list(field(input, "blobs"))
        .iter()
        .map(row)
        .collect::<Result<Vec<_>, _>>()?;
    verdict(weft::verify_blob_kzg_proof_batch(
        &rows,
        &points(field(input, "commitments"), Commitment::from_bytes)?,
        &points(field(input, "proofs"), KzgProof::from_bytes)?,
    ))
}

fn verify_cell_kzg_proof_batch(input: &Value) -> Result<Value, Refused> {
    verdict(weft::verify_cell_kzg_proof_batch(
        &points(field(input, "commitments"), Commitment::from_bytes)?,
        &columns(field(input, "cell_indices"))?,
        &cells(field(input, "cells"))?,
        &points(field(input, "proofs"), CellProof::from_bytes)?,
    ))
}

fn verify_kzg_proof(input: &Value) -> Result<Value, Refused> {
    verdict(weft::verify_kzg_proof(
        &commitment(input)?,
        &array(field(input, "z"))?,
        &array(field(input, "y"))?,
        &proof(input)?,
    ))
}
