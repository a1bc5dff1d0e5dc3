#!/usr/bin/env python3
"""Prints what pydicom reads of a DICOM Segmentation or a structured report, one fact a line.

Segmentation:  segment NUMBER LABEL VOXELS     one line for each segment
Report:        value REGION ENDPOINT STATISTIC VALUE UNIT QUALITY   one line for each number
"""
import sys

import numpy
import pydicom


def pixels_of(dataset):
    bits = numpy.unpackbits(numpy.frombuffer(dataset.PixelData, numpy.uint8), bitorder="little")
    count = int(dataset.NumberOfFrames) * dataset.Rows * dataset.Columns
    return bits[:count].reshape(int(dataset.NumberOfFrames), dataset.Rows, dataset.Columns)


def print_segmentation(dataset):
    pixels = pixels_of(dataset)
    sums = {}
    for frame, group in zip(pixels, dataset.PerFrameFunctionalGroupsSequence):
        number = group.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        sums[number] = sums.get(number, 0) + int(frame.sum())
    for segment in dataset.SegmentSequence:
        print("segment", segment.SegmentNumber, segment.SegmentLabel.split(":")[0], sums[segment.SegmentNumber])


def child(item, value):
    for one in item.get("ContentSequence", []):
        names = one.get("ConceptNameCodeSequence", [])
        if names and names[0].CodeValue == value:
            return one
    return None


def text(item, value):
    found = child(item, value)
    return found.TextValue if found is not None else ""


def print_number(group, number):
    measured = number.MeasuredValueSequence
    derivation = child(number, "121401")
    quality = child(number, "QUALITY").ConceptCodeSequence[0].CodeValue
    value = repr(measured[0].FloatingPointValue) if measured else "-"
    unit = text(number, "UNIT")
    if measured:
        code = measured[0].MeasurementUnitsCodeSequence[0]
        unit = code.get("CodeValue") or code.LongCodeValue
    statistic = derivation.ConceptCodeSequence[0].CodeMeaning if derivation is not None else "value"
    print("value", text(group, "REGION"), text(number, "ENDPOINT"), statistic, value, unit, quality, sep="|")


def print_report(item):
    for one in item.get("ContentSequence", []):
        names = one.get("ConceptNameCodeSequence", [])
        if names and names[0].CodeValue == "125007":
            for number in one.ContentSequence:
                if number.ValueType == "NUM":
                    print_number(one, number)
        elif one.ValueType == "CONTAINER":
            print_report(one)


sys.stdout.reconfigure(encoding="utf-8")
data = pydicom.dcmread(sys.argv[1])
print_segmentation(data) if data.Modality == "SEG" else print_report(data)
