package org.onnxghn.converter.check.formats;

import java.io.StringWriter;
import java.util.List;
import java.util.Locale;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.onnxghn.converter.check.CheckOptions;
import org.onnxghn.converter.check.CheckReport;
import org.onnxghn.converter.check.ModelCheck;
import org.onnxghn.converter.check.ModelFinding;
import org.onnxghn.converter.check.Verdict;
import org.onnxghn.converter.report.Escape;

/**
 * A check as JUnit's XML: one test case for each model. A refused model is an error, one that fails
 * the threshold a failure, one without anything to predict is skipped; all findings and the advice
 * are the test's output.
 */
final class JunitFormat {
  /** A bit more than the eye takes in; the output has everything. */
  private static final int MESSAGE_LENGTH = 500;

  private final XMLStreamWriter xml;
  private final CheckOptions options;

  private JunitFormat(XMLStreamWriter xml, CheckOptions options) {
    this.xml = xml;
    this.options = options;
  }

  static String of(CheckReport report, CheckOptions options) {
    StringWriter text = new StringWriter();
    try {
      XMLStreamWriter xml = XMLOutputFactory.newFactory().createXMLStreamWriter(text);
      new JunitFormat(xml, options).report(report);
      xml.close();
    } catch (XMLStreamException e) {
      throw new IllegalStateException("a string can always be written to", e);
    }
    return text.toString();
  }

  private void report(CheckReport report) throws XMLStreamException {
    xml.writeStartDocument("UTF-8", "1.0");
    newLine(0);
    xml.writeStartElement("testsuites");
    totals(report);
    newLine(1);
    xml.writeStartElement("testsuite");
    totals(report);
    for (ModelCheck model : report.models()) {
      testCase(model);
    }
    newLine(1);
    xml.writeEndElement();
    newLine(0);
    xml.writeEndElement();
    xml.writeEndDocument();
  }

  private void totals(CheckReport report) throws XMLStreamException {
    List<ModelCheck> models = report.models();
    xml.writeAttribute("name", "onnx-ghn check");
    xml.writeAttribute("tests", Integer.toString(models.size()));
    xml.writeAttribute("failures", Long.toString(models.stream().filter(this::isFailure).count()));
    xml.writeAttribute("errors", Integer.toString(report.summary().refused()));
    xml.writeAttribute("skipped", Long.toString(models.stream().filter(this::isSkipped).count()));
    xml.writeAttribute("time", seconds(models.stream().mapToDouble(ModelCheck::seconds).sum()));
  }

  private void testCase(ModelCheck model) throws XMLStreamException {
    newLine(2);
    xml.writeStartElement("testcase");
    xml.writeAttribute("classname", "onnx-ghn.check");
    xml.writeAttribute("name", Escape.name(model.path()));
    xml.writeAttribute("time", seconds(model.seconds()));
    if (model.verdict() == Verdict.REFUSED) {
      problem("error", model);
    } else if (isFailure(model)) {
      problem("failure", model);
    } else if (isSkipped(model)) {
      newLine(3);
      xml.writeEmptyElement("skipped");
      xml.writeAttribute("message", "nothing to predict");
    }
    newLine(3);
    xml.writeStartElement("system-out");
    xml.writeCharacters(output(model));
    xml.writeEndElement();
    newLine(2);
    xml.writeEndElement();
  }

  private void problem(String element, ModelCheck model) throws XMLStreamException {
    List<ModelFinding> failing =
        model.findings().stream()
            .filter(finding -> model.verdict() == Verdict.REFUSED || isFailing(finding))
            .toList();
    newLine(3);
    xml.writeStartElement(element);
    ModelFinding first = failing.isEmpty() ? null : failing.get(0);
    String message = first == null ? "coverage is too low" : Escape.name(first.message());
    int end = Math.min(message.length(), MESSAGE_LENGTH);
    if (end < message.length() && Character.isHighSurrogate(message.charAt(end - 1))) {
      end--;
    }
    xml.writeAttribute(
        "message",
        message.substring(0, end)
            + (failing.size() > 1 ? " (and " + (failing.size() - 1) + " more)" : ""));
    xml.writeAttribute("type", first == null ? "coverage" : first.code());
    StringBuilder lines = new StringBuilder();
    failing.forEach(finding -> lines.append(line(finding)));
    xml.writeCharacters(lines.toString());
    xml.writeEndElement();
  }

  private boolean isFailing(ModelFinding finding) {
    return !finding.known()
        && (options.failOn().fails(finding.severity()) || finding.code().equals("OG-456"));
  }

  private boolean isFailure(ModelCheck model) {
    return model.verdict() != Verdict.REFUSED && CheckReport.fails(model, options);
  }

  private boolean isSkipped(ModelCheck model) {
    return model.verdict() == Verdict.NONE && model.coverage().all() == 0 && !isFailure(model);
  }

  private static String output(ModelCheck model) {
    StringBuilder output = new StringBuilder("verdict " + model.verdict().label());
    if (model.coverage() != null) {
      output.append(String.format(Locale.ROOT, ", coverage %.4f", model.coverage().fraction()));
    }
    output.append('\n');
    model.findings().forEach(finding -> output.append(line(finding)));
    model.advice().forEach(a -> output.append(a.code()).append(' ').append(a.text()).append('\n'));
    return output.toString();
  }

  private static String line(ModelFinding finding) {
    String node = finding.node() == null || finding.node().isEmpty() ? "" : finding.node();
    return finding.severity().label()
        + " "
        + finding.code()
        + (finding.operator().isEmpty() ? "" : " " + Escape.name(finding.operator()))
        + (node.isEmpty() ? "" : " node '" + Escape.name(node) + "'")
        + ": "
        + Escape.name(finding.message())
        + (finding.fix() == null ? "" : " -> " + Escape.name(finding.fix()))
        + (finding.known() ? " [known]" : "")
        + "\n";
  }

  private void newLine(int depth) throws XMLStreamException {
    xml.writeCharacters("\n" + "  ".repeat(depth));
  }

  private static String seconds(double seconds) {
    return String.format(Locale.ROOT, "%.3f", seconds);
  }
}
