// onnxruntime.js MODEL.onnx PHOTO: the five best classes of a photo by torchvision's AlexNet. The photo is read by sharp, which
// is to Node what Pillow is to Python.
const ort = require('onnxruntime-node');
const sharp = require('sharp');

async function main([model, file]) {
  const side = 224;
  const mean = [0.485, 0.456, 0.406];
  const std = [0.229, 0.224, 0.225];
  const photo = sharp(file);
  const { width, height } = await photo.metadata();
  const size = [width, height].map((length) => Math.floor((256 * length) / Math.min(width, height)));
  const pixels = await photo
    .resize(...size, { kernel: 'linear', fit: 'fill' })
    .extract({ left: (size[0] - side) >> 1, top: (size[1] - side) >> 1, width: side, height: side })
    .removeAlpha()
    .raw()
    .toBuffer();
  const input = new Float32Array(3 * side * side);
  for (let i = 0; i < side * side; ++i)
    for (let c = 0; c < 3; ++c) input[c * side * side + i] = (pixels[3 * i + c] / 255 - mean[c]) / std[c];
  const session = await ort.InferenceSession.create(model);
  const outputs = await session.run({ [session.inputNames[0]]: new ort.Tensor('float32', input, [1, 3, side, side]) });
  const scores = Array.from(outputs[session.outputNames[0]].data);
  const most = Math.max(...scores);
  const sum = scores.reduce((s, score) => s + Math.exp(score - most), 0);
  const best = scores.map((score, index) => ({ score, index })).sort((a, b) => b.score - a.score);
  for (const { score, index } of best.slice(0, 5)) console.log(index, `${((100 * Math.exp(score - most)) / sum).toFixed(1)} %`);
}

main(process.argv.slice(2));
