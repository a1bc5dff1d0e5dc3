"""Writes a NIfTI volume as a classical MR series, one file a slice along the last axis: python3 nifti_to_dicom.py IN OUT

For benchmarks on scans that are published as NIfTI only. Needs Debian's python3-nibabel and python3-pydicom.
"""
import hashlib
import pathlib
import sys

import nibabel as nib
import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset


def uid(text):
    return "2.25." + str(int(hashlib.sha256(text.encode()).hexdigest()[:30], 16))


def main(source, folder):
    image = nib.load(source)
    voxels = np.asarray(image.dataobj).astype(np.uint16)
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ image.affine
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    direction = lps[:3, :3] / spacing
    folder.mkdir(parents=True, exist_ok=True)
    for k in range(voxels.shape[2]):
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = pydicom.uid.MRImageStorage
        meta.MediaStorageSOPInstanceUID = uid(f"{source}{k}")
        meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
        ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
        ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
        ds.StudyInstanceUID, ds.SeriesInstanceUID = uid(f"study {source}"), uid(f"series {source}")
        ds.FrameOfReferenceUID = uid(f"frame {source}")
        ds.PatientName, ds.PatientID, ds.Modality = "Bench^Mark", "BENCHMARK", "MR"
        ds.ImageType, ds.SeriesNumber, ds.InstanceNumber = ["DERIVED", "PRIMARY", "OTHER"], 1, k + 1
        ds.PixelSpacing = [f"{spacing[1]:.6f}", f"{spacing[0]:.6f}"]
        ds.SliceThickness = f"{spacing[2]:.6f}"
        ds.ImageOrientationPatient = [f"{x:.8f}" for x in (*direction[:, 0], *direction[:, 1])]
        ds.ImagePositionPatient = [f"{x:.6f}" for x in (lps @ [0, 0, k, 1])[:3]]
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.Columns, ds.Rows = voxels.shape[0], voxels.shape[1]
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
        ds.PixelData = np.ascontiguousarray(voxels[:, :, k].T).tobytes()
        ds.is_little_endian, ds.is_implicit_VR = True, False
        ds.save_as(folder / f"{k:03d}.dcm", write_like_original=False)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
