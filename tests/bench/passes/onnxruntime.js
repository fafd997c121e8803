// ONNX Runtime, through its package for Node; see passes.py. NODE_PATH says where the package is.
const fs = require('node:fs');
const readline = require('node:readline');
const ort = require('onnxruntime-node');

async function main([model, inputFile, side, threads]) {
  const bytes = fs.readFileSync(inputFile);
  const images = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: Number(threads),
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
  });
  console.log('[]'); // loaded
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [command, batch, count] = line.split(' ');
    const shape = [Number(batch), 3, Number(side), Number(side)];
    const input = new ort.Tensor('float32', images.subarray(0, shape.reduce((a, b) => a * b)), shape);
    const ms = [];
    let scores;
    for (let i = 0; i < Number(count); ++i) {
      const began = process.hrtime.bigint();
      const outputs = await session.run({ [session.inputNames[0]]: input });
      ms.push(Number(process.hrtime.bigint() - began) / 1e6);
      scores = outputs[session.outputNames[0]].data;
    }
    console.log(JSON.stringify(command === 'scores' ? Array.from(scores) : ms));
  }
}

main(process.argv.slice(2));
