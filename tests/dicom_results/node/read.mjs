// Prints what the readers of browsers' viewers make of a result, one fact a line:
//   node read.mjs SEGMENTATION               segment NUMBER LABEL VOXELS, unpacked by dcmjs
//   node read.mjs SEGMENTATION SOURCE...     the same of the label maps that @cornerstonejs/adapters puts onto
//                                            the source images
//   node read.mjs REPORT                     value|REGION|ENDPOINT|STATISTIC|VALUE|UNIT|QUALITY|
// The second form needs node 20 or later: the adapters import dcmjs in a way that older ones do not understand.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const dcmjs = createRequire(import.meta.url)('./node_modules/dcmjs/build/dcmjs.js');
const { BitArray, DicomMessage, DicomMetaDictionary } = dcmjs.data;
dcmjs.log.setLevel(dcmjs.log.levels.ERROR);

const bytesOf = (path) => {
  const file = fs.readFileSync(path);
  return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
};
const read = (path) => DicomMetaDictionary.naturalizeDataset(DicomMessage.readFile(bytesOf(path)).dict);
const list = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
const first = (value) => list(value)[0];

const printSegments = (dataset, count) => {
  for (const segment of list(dataset.SegmentSequence)) {
    const label = segment.SegmentLabel.split(':')[0];
    console.log(`segment ${segment.SegmentNumber} ${label} ${count.get(segment.SegmentNumber) ?? 0}`);
  }
};

const countFrames = (dataset) => {
  const pixels = BitArray.unpack(new Uint8Array(first(dataset.PixelData)));
  const size = dataset.Rows * dataset.Columns;
  const count = new Map();
  list(dataset.PerFrameFunctionalGroupsSequence).forEach((group, frame) => {
    const number = first(group.SegmentIdentificationSequence).ReferencedSegmentNumber;
    const ones = pixels.subarray(frame * size, (frame + 1) * size).reduce((sum, one) => sum + (one ? 1 : 0), 0);
    count.set(number, (count.get(number) ?? 0) + ones);
  });
  return count;
};

// The attributes of single-frame sources, by the names that the adapters ask for.
const modulesOf = (source) => ({
  generalImageModule: { sopInstanceUID: source.SOPInstanceUID },
  sopCommonModule: { sopInstanceUID: source.SOPInstanceUID, sopClassUID: source.SOPClassUID },
  generalSeriesModule: { seriesInstanceUID: source.SeriesInstanceUID, modality: source.Modality },
  imagePlaneModule: {
    frameOfReferenceUID: source.FrameOfReferenceUID,
    rows: source.Rows,
    columns: source.Columns,
    imageOrientationPatient: source.ImageOrientationPatient,
    rowCosines: source.ImageOrientationPatient.slice(0, 3),
    columnCosines: source.ImageOrientationPatient.slice(3),
    imagePositionPatient: source.ImagePositionPatient,
    pixelSpacing: source.PixelSpacing,
    rowPixelSpacing: source.PixelSpacing[0],
    columnPixelSpacing: source.PixelSpacing[1],
  },
  imagePixelModule: { bitsAllocated: 16, bitsStored: 16, samplesPerPixel: 1, pixelRepresentation: 0 },
  instance: source,
});

const countOntoSources = async (path, sources) => {
  const { metaData } = await import('@cornerstonejs/core');
  const { adaptersSEG } = await import('@cornerstonejs/adapters');
  const known = new Map(sources.map((source, n) => [`test:${n}`, modulesOf(read(source))]));
  const added = new Map();
  metaData.addProvider((type, id) => known.get(id)?.[type] ?? added.get(`${type} ${id}`));
  const metadataProvider = { get: metaData.get, addCustomMetadata: (id, type, what) => added.set(`${type} ${id}`, what) };
  const ids = [...known.keys()];
  const { Segmentation } = adaptersSEG.Cornerstone3D;
  const made = await Segmentation.createFromDICOMSegBuffer(ids, bytesOf(path), { metadataProvider });
  const count = new Map();
  for (const image of made.labelMapImages.flat())
    for (const number of image.voxelManager.getScalarData())
      if (number) count.set(number, (count.get(number) ?? 0) + 1);
  return count;
};

const nameOf = (item) => first(item.ConceptNameCodeSequence)?.CodeValue;
const child = (item, code) => list(item.ContentSequence).find((one) => nameOf(one) === code);
const textOf = (item, code) => child(item, code)?.TextValue ?? '';
const codeOf = (item, code) => first(child(item, code)?.ConceptCodeSequence);

const printNumber = (group, number) => {
  const measured = first(number.MeasuredValueSequence);
  const unit = first(measured?.MeasurementUnitsCodeSequence);
  console.log([
    'value',
    textOf(group, 'REGION'),
    textOf(number, 'ENDPOINT'),
    codeOf(number, '121401')?.CodeMeaning ?? 'value',
    measured ? String(measured.FloatingPointValue) : '-',
    unit ? unit.CodeValue ?? unit.LongCodeValue : textOf(number, 'UNIT'),
    codeOf(number, 'QUALITY').CodeValue,
  ].join('|'));
};

const printReport = (item) => {
  for (const one of list(item.ContentSequence)) {
    if (nameOf(one) === '125007')
      list(one.ContentSequence).filter((part) => part.ValueType === 'NUM').forEach((part) => printNumber(one, part));
    else if (one.ValueType === 'CONTAINER') printReport(one);
  }
};

const [path, ...sources] = process.argv.slice(2);
const dataset = read(path);
if (dataset.Modality !== 'SEG') printReport(dataset);
else printSegments(dataset, sources.length > 0 ? await countOntoSources(path, sources) : countFrames(dataset));
process.exit(0); // the viewer's library leaves timers running
