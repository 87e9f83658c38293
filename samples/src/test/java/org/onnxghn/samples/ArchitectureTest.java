package org.onnxghn.samples;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.Test;
import org.onnxghn.onnx.OnnxGhnException;

/** The boundaries of the architecture section of the README. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains("test-classes"))
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("org.onnxghn");

  @Test
  void seesEachModule() {
    for (String name : new String[] {"onnx", "graph", "ghn"}) {
      assertThat(CLASSES.containPackage("org.onnxghn." + name)).as(name).isTrue();
    }
  }

  @Test
  void modulesLookOneWay() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("onnx")
        .definedBy("org.onnxghn.onnx..")
        .layer("graph")
        .definedBy("org.onnxghn.graph..")
        .layer("ghn")
        .definedBy("org.onnxghn.ghn..")
        .optionalLayer("converter")
        .definedBy("org.onnxghn.converter..")
        .optionalLayer("trainer")
        .definedBy("org.onnxghn.trainer..")
        .optionalLayer("samples")
        .definedBy("org.onnxghn.samples..")
        .whereLayer("samples")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("trainer")
        .mayOnlyBeAccessedByLayers("samples")
        .whereLayer("converter")
        .mayOnlyBeAccessedByLayers("trainer", "samples")
        .whereLayer("ghn")
        .mayOnlyBeAccessedByLayers("converter", "trainer", "samples")
        .whereLayer("graph")
        .mayOnlyBeAccessedByLayers("ghn", "converter", "trainer", "samples")
        .check(CLASSES);
  }

  @Test
  void onnxGraphNeedsProtobufOnly() {
    classes()
        .that()
        .resideInAnyPackage("org.onnxghn.onnx..", "org.onnxghn.graph..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..", "com.google.protobuf..", "org.onnxghn.onnx..", "org.onnxghn.graph..")
        .check(CLASSES);
  }

  @Test
  void eachLibraryHasItsRoom() {
    // The executor compiles the schema's messages, whose strings and bytes are protobuf's types.
    onlyIn(
            "com.google.protobuf..",
            "org.onnxghn.onnx..",
            "org.onnxghn.graph..",
            "org.onnxghn.trainer.exec..")
        .check(CLASSES);
    onlyIn("ai.onnxruntime..", "org.onnxghn.converter.runtime..").check(CLASSES);
    onlyIn("ai.djl..", "org.onnxghn.ghn..", "org.onnxghn.trainer..").check(CLASSES);
  }

  @Test
  void partsOfAModuleFormNoCircle() {
    slices().matching("org.onnxghn.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void everyPublicExceptionHasACode() {
    classes()
        .that()
        .areAssignableTo(Throwable.class)
        .and()
        .arePublic()
        .should()
        .beAssignableTo(OnnxGhnException.class)
        .because("a refusal without a code is a bug of ours, and no type of its own")
        .check(CLASSES);
  }

  @Test
  void nothingFromAFileIsExecuted() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.io.ObjectInputStream")
        .check(CLASSES);
  }

  @Test
  void onlyTheCommandsExitOrWriteToTheConsole() {
    noClasses()
        .that()
        .resideOutsideOfPackages("..cli..", "org.onnxghn.samples..")
        .and()
        .doNotHaveSimpleName("VerifierMain") // a process of its own
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .callMethod(System.class, "exit", int.class)
        .check(CLASSES);
  }

  @Test
  void namesSayWhatAClassDoes() {
    noClasses()
        .that()
        .resideOutsideOfPackage("org.onnxghn.onnx.proto..")
        .should()
        .haveSimpleNameEndingWith("Utils")
        .orShould()
        .haveSimpleNameEndingWith("Util")
        .orShould()
        .haveSimpleNameEndingWith("Manager")
        .orShould()
        .haveSimpleNameEndingWith("Helper")
        .orShould()
        .haveSimpleNameStartingWith("Abstract")
        .check(CLASSES);
  }

  private static ArchRule onlyIn(String library, String... rooms) {
    return noClasses()
        .that()
        .resideOutsideOfPackages(rooms)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library);
  }
}
